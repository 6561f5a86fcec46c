// JSON as bytes, written straight into a buffer that grows: the answers of the query API, up to millions of numbers,
// never become JavaScript objects or strings.
import type { Labels } from "@narthex/model";
import { encodeUtf8 } from "@narthex/stdx";
import type { LabelTexts } from "./label-texts.js";
import { numberBytesMax, writeAscii, writeFloat, writeTime } from "./number-bytes.js";
import type { RowKernel } from "./row-kernel.js";
import { RowStarts, rowStartBytes } from "./row-starts.js";

const quoteByte = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const closeBracket = 0x5d;

const rowBytesMax = rowStartBytes + numberBytesMax + 3;
/** So that room for the longest numbers is not reserved for whole series. */
const rowsWithoutKernel = 256;

/** Rows of floats, as many as `times` and `values` have at least. */
export interface FloatRows {
  readonly count: number;
  /** ms; they stay as they are until the text is complete. */
  readonly t: Float64Array;
  readonly v: Float64Array;
}

/** Where parts of a long text go, so that it never is in memory as a whole. */
export interface JsonParts {
  /** A part has so many at most, unless a single string is longer. */
  readonly bytesMax: number;
  /** The part is the taker's own. */
  readonly take: (part: Uint8Array<ArrayBuffer>) => void;
}

export interface JsonWriterOptions {
  /** May serve several writers, one after the other. */
  readonly rowKernel?: RowKernel | undefined;
  /** Remembered from writer to writer. */
  readonly labelTexts?: LabelTexts | undefined;
  /** Absent: everything stays until `bytes()`. */
  readonly parts?: JsonParts | undefined;
}

/** Appends JSON; `bytes()` is a view that the next write may outdate. */
export class JsonWriter {
  #buffer: Uint8Array<ArrayBuffer>;
  length = 0;
  readonly #rowStarts = new RowStarts();
  #partsTaken = 0;

  readonly #rowKernel: RowKernel | undefined;
  readonly #labelTexts: LabelTexts | undefined;
  readonly #parts: JsonParts | undefined;

  constructor(capacity: number = 64 * 1024, { rowKernel, labelTexts, parts }: JsonWriterOptions = {}) {
    this.#buffer = new Uint8Array(capacity);
    this.#rowKernel = rowKernel;
    this.#labelTexts = labelTexts;
    this.#parts = parts;
  }

  /** What no part has taken. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  /** Text as it is. REQUIRES: ASCII. */
  raw(text: string): void {
    this.#reserve(text.length);
    this.length = writeAscii(this.#buffer, this.length, text);
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
    this.length = writeAscii(this.#buffer, this.length, text);
    this.#buffer[this.length++] = quoteByte;
  }

  /** What `write` writes of the labels, which is the same each time: from memory where they were written before. */
  ofLabels(labels: Labels, write: (writer: JsonWriter, labels: Labels) => void): void {
    const known = this.#labelTexts?.find(labels);
    if (known) {
      this.#bytes(known);
      return;
    }
    const start = this.length;
    const partsTaken = this.#partsTaken;
    write(this, labels);
    // Of what a part has taken the begin is gone.
    if (this.#partsTaken === partsTaken) this.#labelTexts?.keep(labels, this.#buffer.subarray(start, this.length));
  }

  /** A sample's value: a string in the query API's spelling. */
  float(value: number): void {
    this.#reserve(numberBytesMax + 2);
    this.#buffer[this.length++] = quoteByte;
    this.length = writeFloat(this.#buffer, this.length, value);
    this.#buffer[this.length++] = quoteByte;
  }

  /** Milliseconds as seconds, with three decimals where they are not all zero. */
  time(t: number): void {
    this.#reserve(numberBytesMax);
    this.length = writeTime(this.#buffer, this.length, t);
  }

  /** `[1,"2"]`; t as `time` writes it. */
  row(t: number, v: number): void {
    this.#reserve(rowBytesMax);
    this.length = writeRow(this.#buffer, this.length, { starts: this.#rowStarts, t, v });
  }

  /** `[1,"2"],[3,"4"]`: what answers mostly consist of. */
  rows({ count, t, v }: FloatRows): void {
    const rowsAtOnce = this.#rowKernel?.rowsMax ?? rowsWithoutKernel;
    for (let first = 0; first < count; first += rowsAtOnce) {
      const end = Math.min(count, first + rowsAtOnce);
      if (this.#rowKernel) this.#bytes(this.#rowKernel.print({ t, v, first, end }, this.#rowStarts));
      else {
        this.#reserve((end - first) * rowBytesMax);
        this.length = writeRows({ bytes: this.#buffer, at: this.length, starts: this.#rowStarts, first, end }, t, v);
      }
    }
  }

  #bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  #reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.#buffer.length) return;
    if (this.#parts && needed > this.#parts.bytesMax) {
      this.#handOver(this.#parts, count);
      return;
    }
    const size = Math.max(needed, this.#buffer.length * 2);
    const larger = new Uint8Array(Math.min(size, this.#parts?.bytesMax ?? size));
    larger.set(this.#buffer.subarray(0, this.length));
    this.#buffer = larger;
  }

  #handOver({ bytesMax, take }: JsonParts, count: number): void {
    const part = this.bytes();
    this.#buffer = new Uint8Array(Math.max(count, bytesMax));
    this.length = 0;
    this.#partsTaken++;
    if (part.length > 0) take(part);
  }
}

type RowsTarget = {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly starts: RowStarts;
  readonly first: number;
  readonly end: number;
};

// Hot: once per point of an answer. Returns where it ended.
function writeRows({ bytes, at: start, starts, first, end }: RowsTarget, t: Float64Array, v: Float64Array): number {
  let at = start;
  for (let i = first; i < end; i++) {
    if (i > 0) bytes[at++] = comma;
    at = writeRow(bytes, at, { starts, t: t[i]!, v: v[i]! });
  }
  return at;
}

type Row = { readonly starts: RowStarts; readonly t: number; readonly v: number };

function writeRow(bytes: Uint8Array, start: number, { starts, t, v }: Row): number {
  const number = starts.find(t);
  const length = starts.lengths[number]!;
  const from = number * rowStartBytes;
  const { bytes: text } = starts;
  for (let k = 0; k < length; k++) bytes[start + k] = text[from + k]!;
  let at = writeFloat(bytes, start + length, v);
  bytes[at++] = quoteByte;
  bytes[at++] = closeBracket;
  return at;
}

// Printable ASCII that JSON does not escape.
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e || code === quoteByte || code === backslash) return false;
  }
  return true;
}
