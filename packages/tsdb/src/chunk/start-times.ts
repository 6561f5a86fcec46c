// Start times of a chunk's samples, as XOR2 and histogram chunks with start times hold them (docs/formats/chunk.md#start-times):
// a header byte, and behind a sample its distance to the time of the sample before, from the first one that differs on.
import { type BitReader, writeVarintBits } from "./bits.js";
import { type BitWriter, readVarbitInt } from "./varbit.js";

/** Top bit of the header: the first sample has a start time. */
const firstKnown = 0x80;
/** The index of the first change has seven bits. From here on start times are written whether they change or not. */
const changeIndexMax = 0x7f;
const varintBytesMax = 10;

/** Reads the start times of one chunk's samples, one after the other. */
export class StartTimeReader {
  /** Of the sample read last, in ms; 0 for unknown. */
  startTime = 0;
  readonly #header: number;
  #distance = 0;
  #index = 0;
  #t = 0;

  constructor(header: number) {
    this.#header = header;
  }

  /** Reads what stands behind the next sample, whose time is `t`. */
  next(reader: BitReader, t: number): void {
    const index = this.#index++;
    const changeIndex = this.#header & changeIndexMax;
    if (index === 0) {
      if (this.#header & firstKnown) this.startTime = t - reader.varint();
    } else if (changeIndex > 0 && index >= changeIndex) {
      const change = readVarbitInt(reader);
      this.#distance = index === changeIndex ? change : this.#distance + change;
      this.startTime = this.#t - this.#distance;
    }
    this.#t = t;
  }
}

/** Writes the start times of one chunk's samples, one after the other. */
export class StartTimeWriter {
  /** The byte for the chunk's head, as far as the samples are known. */
  header = 0;
  #startTime = 0;
  #distance = 0;
  #index = 0;
  #t = 0;

  /** Writes what stands behind the next sample. */
  next(writer: BitWriter, t: number, startTime: number): void {
    const index = this.#index++;
    if (index === 0) {
      if (startTime !== 0) this.#writeFirst(writer, t - startTime);
    } else {
      const isBegun = (this.header & changeIndexMax) !== 0;
      const distance = this.#t - startTime;
      if (isBegun) writer.varint(distance - this.#distance);
      else if (startTime !== this.#startTime || index === changeIndexMax) {
        this.header |= index;
        writer.varint(distance);
      }
      this.#distance = distance;
    }
    this.#startTime = startTime;
    this.#t = t;
  }

  #writeFirst(writer: BitWriter, distance: number): void {
    this.header = firstKnown;
    writer.reserve(varintBytesMax);
    writer.at = writeVarintBits(writer.bytes, writer.at, distance);
  }
}
