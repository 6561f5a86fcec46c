// Decodes XOR2 chunks into columns: the inverse of xor2-encode.ts.
import { type SampleColumns, setStaleAt } from "@narthex/model";
import { BitReader } from "./bits.js";
import { type ChunkData, type ChunkWindow, sampleCountOf } from "./encoding.js";
import { StartTimeReader } from "./start-times.js";
import { newXorField, readDifference, readWindow, type XorField } from "./xor-field.js";

/** Appends the samples inside `window` to `columns`; false when the chunk's bytes end before its samples do. */
export function decodeXor2(chunk: ChunkData, columns: SampleColumns, window: ChunkWindow): boolean {
  const count = sampleCountOf(chunk);
  const decoder = new Xor2Decoder(chunk);
  columns.reserve(columns.count + count);
  for (let i = 0; i < count; i++) {
    decoder.next(i);
    if (!decoder.isInside) return false;
    if (decoder.t > window.end) return true;
    if (decoder.t > window.after) pushRow(decoder, columns);
  }
  return true;
}

function pushRow(decoder: Xor2Decoder, columns: SampleColumns): void {
  const row = columns.count++;
  columns.t[row] = decoder.t;
  if (decoder.isStale) setStaleAt(columns.words, row);
  else {
    columns.words[2 * row] = decoder.value.low;
    columns.words[2 * row + 1] = decoder.value.high;
  }
  if (decoder.startTime !== 0 || columns.startTimes) columns.setStartTime(decoder.startTime);
}

class Xor2Decoder {
  /** Of the sample read last. A stale marker leaves the value as it was. */
  t = 0;
  isStale = false;
  readonly value: XorField = newXorField();
  readonly #reader: BitReader;
  readonly #bitEnd: number;
  readonly #startTimes: StartTimeReader;
  #delta = 0;

  constructor({ bytes, start, end }: ChunkData) {
    this.#reader = new BitReader(bytes, (start + 3) * 8);
    this.#bitEnd = end * 8;
    this.#startTimes = new StartTimeReader(bytes[start + 2]!);
  }

  get startTime(): number {
    return this.#startTimes.startTime;
  }

  /** Whether what was read stood in the chunk, and was a time. */
  get isInside(): boolean {
    return this.#reader.at <= this.#bitEnd && !Number.isNaN(this.t);
  }

  next(index: number): void {
    this.isStale = false;
    if (index === 0) this.#readFirst();
    else if (index === 1) {
      this.#delta = this.#reader.uvarint();
      this.#readValue();
    } else this.#readJoint();
    this.t += this.#delta;
    this.#startTimes.next(this.#reader, this.t);
  }

  #readFirst(): void {
    const reader = this.#reader;
    this.t = reader.varint();
    const high = reader.bits(32);
    const low = reader.bits(32);
    this.isStale = low === 2 && high === 0x7ff00000;
    if (this.isStale) return;
    this.value.high = high;
    this.value.low = low;
  }

  /** Time and value together: 0 both as before; 10 a new value; 110, 1110, 11110 a change of delta and a value; 11111 a stale marker. */
  #readJoint(): void {
    const reader = this.#reader;
    const control = reader.ones(5);
    if (control === 0) return;
    if (control === 1) {
      // The value is known to differ: 0 the last window; 1 a new one.
      if (reader.bit() === 1) readWindow(reader, this.value);
      readDifference(reader, this.value);
      return;
    }
    this.isStale = control === 5;
    if (this.isStale) return;
    if (control === 2) this.#delta += signed(reader.bits(13), 13);
    else this.#delta += control === 3 ? signed(reader.bits(20), 20) : reader.signed64();
    this.#readValue();
  }

  /** 0 as before; 10 the last window; 110 a new one; 111 a stale marker. */
  #readValue(): void {
    const control = this.#reader.ones(3);
    this.isStale = control === 3;
    if (control === 0 || this.isStale) return;
    if (control === 2) readWindow(this.#reader, this.value);
    readDifference(this.#reader, this.value);
  }
}

/** Two's complement of `count` bits. */
function signed(value: number, count: number): number {
  return value >= 1 << (count - 1) ? value - (1 << count) : value;
}
