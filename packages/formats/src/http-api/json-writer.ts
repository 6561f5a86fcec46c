// JSON as bytes, written straight into a buffer that grows: the answers of the query API, up to millions of numbers,
// never become JavaScript objects or strings.
import { encodeUtf8, printFloatApi } from "@narthex/stdx";

const quoteByte = 0x22;
const backslash = 0x5c;
const zero = 0x30;
const minus = 0x2d;
const dot = 0x2e;
/** The longest number that is written: sign, 17 digits, point, exponent, and some room. */
const numberBytesMax = 40;

/** Appends JSON; `bytes()` is a view that the next write may outdate. */
export class JsonWriter {
  #buffer: Uint8Array;
  length = 0;

  constructor(capacity: number = 64 * 1024) {
    this.#buffer = new Uint8Array(capacity);
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  /** Text as it is. REQUIRES: ASCII. */
  raw(text: string): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#buffer[this.length++] = text.charCodeAt(i);
  }

  /** Any value JSON.stringify knows; for what is small. */
  value(value: unknown): void {
    this.#bytes(encodeUtf8(JSON.stringify(value)));
  }

  string(text: string): void {
    if (!isPlain(text)) {
      this.value(text);
      return;
    }
    this.#reserve(text.length + 2);
    this.#buffer[this.length++] = quoteByte;
    for (let i = 0; i < text.length; i++) this.#buffer[this.length++] = text.charCodeAt(i);
    this.#buffer[this.length++] = quoteByte;
  }

  /** A sample's value: a string in the query API's spelling. */
  float(value: number): void {
    this.#reserve(numberBytesMax);
    this.#buffer[this.length++] = quoteByte;
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) this.#integer(value);
    else this.raw(printFloatApi(value));
    this.#reserve(1);
    this.#buffer[this.length++] = quoteByte;
  }

  /** Milliseconds as seconds, with three decimals where they are not all zero. */
  time(t: number): void {
    this.#reserve(numberBytesMax);
    const ms = Math.abs(t);
    if (t < 0) this.#buffer[this.length++] = minus;
    this.#integer(Math.floor(ms / 1000));
    const rest = ms % 1000;
    if (rest === 0) return;
    this.#buffer[this.length++] = dot;
    this.#buffer[this.length++] = zero + Math.floor(rest / 100);
    this.#buffer[this.length++] = zero + (Math.floor(rest / 10) % 10);
    this.#buffer[this.length++] = zero + (rest % 10);
  }

  // REQUIRES: room for numberBytesMax.
  #integer(value: number): void {
    if (value < 0) this.#buffer[this.length++] = minus;
    let rest = Math.abs(value);
    let digits = 1;
    for (let bound = 10; bound <= rest; bound *= 10) digits++;
    for (let at = this.length + digits - 1; at >= this.length; at--) {
      const tenth = Math.floor(rest / 10);
      this.#buffer[at] = zero + (rest - tenth * 10);
      rest = tenth;
    }
    this.length += digits;
  }

  #bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  #reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.length));
    this.#buffer = larger;
  }
}

// Printable ASCII that JSON does not escape.
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e || code === quoteByte || code === backslash) return false;
  }
  return true;
}
