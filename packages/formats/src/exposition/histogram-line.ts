// One line of a classic histogram, by its bytes: which part it is, its bound, and what it has in common with the other lines of
// its histogram. Goes to: reshape. Labels are made for the first line of each histogram only.
import { NumberReader } from "./number.js";

const quote = 0x22;
const comma = 0x2c;
const equal = 0x3d;
const backslash = 0x5c;
const braceOpen = 0x7b;
const braceClose = 0x7d;
const letterL = 0x6c;
const letterE = 0x65;

export type HistogramPart = "bucket" | "count" | "sum";

const suffixes: readonly (readonly [part: HistogramPart, bytes: Uint8Array])[] = (
  ["bucket", "count", "sum"] as const
).map((part) => [part, new TextEncoder().encode(`_${part}`)]);

export class HistogramLine {
  part: HistogramPart = "bucket";
  /** Of a bucket. */
  bound: number = NaN;
  /** The pairs other than `le`, as they came. */
  rest: Uint8Array = new Uint8Array(256);
  restLength: number = 0;
  readonly #keys: Uint8Array;
  readonly #numbers: NumberReader;

  constructor(keys: Uint8Array) {
    this.#keys = keys;
    this.#numbers = new NumberReader(keys);
  }

  /** False for a line that is no part of the histogram `name`, or whose spelling needs the whole way by its labels. */
  read(start: number, end: number, name: Uint8Array): boolean {
    this.restLength = 0;
    this.bound = NaN;
    const keys = this.#keys;
    if (!hasBytes(keys, start, name)) return false;
    const afterName = start + name.length;
    const found = suffixes.find(([, bytes]) => hasBytes(keys, afterName, bytes));
    if (found === undefined) return false;
    this.part = found[0];
    const afterSuffix = afterName + found[1].length;
    const isRead = afterSuffix >= end || this.#readPairs(afterSuffix, end);
    return isRead && Number.isNaN(this.bound) === (this.part !== "bucket");
  }

  isOf(rest: Uint8Array): boolean {
    if (rest.length !== this.restLength) return false;
    for (let i = 0; i < rest.length; i++) if (rest[i] !== this.rest[i]) return false;
    return true;
  }

  #readPairs(start: number, end: number): boolean {
    const keys = this.#keys;
    const close = end - 1;
    if (keys[start] !== braceOpen || keys[close] !== braceClose) return false;
    let i = start + 1;
    while (i < close) {
      const pairStart = i;
      if (keys[i] === quote) return false;
      while (i < close && keys[i] !== equal) i++;
      if (keys[i + 1] !== quote) return false;
      const valueStart = i + 2;
      i = valueStart;
      while (i < close && keys[i] !== quote) i += keys[i] === backslash ? 2 : 1;
      if (i >= close) return false;
      const isBound = valueStart - pairStart === 4 && keys[pairStart] === letterL && keys[pairStart + 1] === letterE;
      if (!isBound) this.#push(pairStart, i + 1);
      else if (!this.#numbers.read(valueStart, i)) return false;
      else this.bound = this.#numbers.value[0]!;
      i++;
      if (i < close && keys[i++] !== comma) return false;
    }
    return i === close;
  }

  #push(start: number, end: number): void {
    const needed = this.restLength + 1 + end - start;
    if (needed > this.rest.length) {
      const larger = new Uint8Array(2 * needed);
      larger.set(this.rest);
      this.rest = larger;
    }
    if (this.restLength > 0) this.rest[this.restLength++] = comma;
    for (let i = start; i < end; i++) this.rest[this.restLength++] = this.#keys[i]!;
  }
}

function hasBytes(keys: Uint8Array, start: number, bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (keys[start + i] !== bytes[i]) return false;
  return true;
}
