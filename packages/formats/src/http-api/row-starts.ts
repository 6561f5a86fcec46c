// The beginnings of rows, `[1435781430.781,"`, printed once for each time: the series of an answer share their times.
import { grown } from "@narthex/stdx";
import { writeTime } from "./number-bytes.js";

/** Bytes kept for each time: 16 digits, sign, point, and what stands around. */
export const rowStartBytes = 32;

const openBracket = 0x5b;
const comma = 0x2c;
const quoteByte = 0x22;

export class RowStarts {
  /** The start with number n: bytes n × rowStartBytes on, lengths[n] of them. `find` may replace both. */
  bytes: Uint8Array = new Uint8Array(64 * rowStartBytes);
  lengths: Uint8Array = new Uint8Array(64);
  #times: Float64Array = new Float64Array(64);
  #count = 0;
  #next = 0;
  readonly #numbers = new Map<number, number>();

  /** Number of the start for a time; quick for the time that followed the last one before. */
  find(t: number): number {
    if (this.#next >= this.#count || this.#times[this.#next] !== t) this.#next = this.#numbers.get(t) ?? this.#add(t);
    return this.#next++;
  }

  #add(t: number): number {
    const number = this.#count++;
    if (number === this.#times.length) this.#grow();
    const start = number * rowStartBytes;
    this.bytes[start] = openBracket;
    const end = writeTime(this.bytes, start + 1, t);
    this.bytes[end] = comma;
    this.bytes[end + 1] = quoteByte;
    this.lengths[number] = end + 2 - start;
    this.#times[number] = t;
    this.#numbers.set(t, number);
    return number;
  }

  #grow(): void {
    this.bytes = grown(this.bytes, this.bytes.length * 2);
    this.lengths = grown(this.lengths, this.lengths.length * 2);
    this.#times = grown(this.#times, this.#times.length * 2);
  }
}
