// Encodes float samples as Prometheus 3's XOR2 chunks (docs/formats/chunk.md#xor2): like XOR, with common control bits of time
// and value, stale markers in a few bits, and start times.
import { writeUvarintBits, writeVarintBits } from "./bits.js";
import { type ChunkData, chunkEncoding } from "./encoding.js";
import { StartTimeWriter } from "./start-times.js";
import { BitWriter } from "./varbit.js";
import { leadingZeros, trailingZeros, writeMiddle, xorSampleBytesMax } from "./xor-encode.js";

/** What a float sample is made of: the value as bits, and when its counter began (0 for unknown). */
export interface FloatSample {
  readonly t: number;
  readonly high: number;
  readonly low: number;
  readonly startTime: number;
}

/** Control bits in front of a difference, each with their number: inside the last window, or in a new one. */
interface Control {
  readonly reuse: readonly [value: number, count: number];
  readonly renew: readonly [value: number, count: number];
}

/** Where the value is known to differ, and where it may as well be the last or a stale marker. */
const changedControl: Control = { reuse: [0, 1], renew: [1, 1] };
const valueControl: Control = { reuse: [0b10, 2], renew: [0b110, 3] };

export class Xor2Encoder {
  count = 0;
  readonly #writer = new BitWriter();
  readonly #startTimes = new StartTimeWriter();
  #t = 0;
  #delta = 0;
  /** The last value that was no stale marker, and the window of its last change; no leading zeros are 32. */
  #high = 0;
  #low = 0;
  #leading = 32;
  #trailing = 0;

  constructor() {
    this.#writer.bits(0, 24);
  }

  get byteLength(): number {
    return this.#writer.length;
  }

  /** The chunk so far. Borrowed until the next `append`. */
  data(): ChunkData {
    const { bytes, length } = this.#writer;
    bytes[0] = this.count >>> 8;
    bytes[1] = this.count;
    bytes[2] = this.#startTimes.header;
    return { encoding: chunkEncoding.xor2, bytes, start: 0, end: length };
  }

  /** REQUIRES: `t` above the last. */
  append(sample: FloatSample): void {
    const { t, low, startTime } = sample;
    const isStale = low === 2 && (sample.high === 0x7ff00000 || sample.high === 0x7ff80000);
    const high = isStale ? 0x7ff00000 : sample.high;
    this.#writer.reserve(xorSampleBytesMax);
    if (this.count === 0) this.#writeFirst(t, high, low);
    else if (this.count === 1) {
      const writer = this.#writer;
      writer.at = writeUvarintBits(writer.bytes, writer.at, t - this.#t);
      this.#writeValue(high, low, isStale);
    } else this.#writeJoint(t - this.#t - this.#delta, { high, low, isStale });
    this.#startTimes.next(this.#writer, t, startTime);
    if (this.count > 0) this.#delta = t - this.#t;
    this.#t = t;
    if (!isStale) {
      this.#high = high;
      this.#low = low;
    }
    this.count++;
  }

  #writeFirst(t: number, high: number, low: number): void {
    const writer = this.#writer;
    writer.at = writeVarintBits(writer.bytes, writer.at, t);
    writer.words(high, low);
  }

  #writeJoint(
    change: number,
    { high, low, isStale }: { readonly high: number; readonly low: number; readonly isStale: boolean },
  ): void {
    const writer = this.#writer;
    if (change === 0) {
      if (isStale) writer.bits(0b11111, 5);
      else if (this.#isLast(high, low)) writer.bits(0, 1);
      else {
        writer.bits(0b10, 2);
        this.#writeDifference(high, low, changedControl);
      }
      return;
    }
    if (change >= -4096 && change <= 4095) writer.bits((0b110 << 13) | (change & 0x1fff), 16);
    else if (change >= -524_288 && change <= 524_287) writer.bits((0b1110 << 20) | (change & 0xfffff), 24);
    else {
      writer.bits(0b11110, 5);
      writer.words(Math.floor(change / 0x100000000), change);
    }
    this.#writeValue(high, low, isStale);
  }

  #writeValue(high: number, low: number, isStale: boolean): void {
    if (isStale) this.#writer.bits(0b111, 3);
    else if (this.#isLast(high, low)) this.#writer.bits(0, 1);
    else this.#writeDifference(high, low, valueControl);
  }

  #isLast(high: number, low: number): boolean {
    return high === this.#high && low === this.#low;
  }

  #writeDifference(high: number, low: number, control: Control): void {
    const writer = this.#writer;
    const highBits = high ^ this.#high;
    const lowBits = low ^ this.#low;
    const leading = leadingZeros(highBits);
    const trailing = trailingZeros(highBits, lowBits);
    if (this.#leading < 32 && leading >= this.#leading && trailing >= this.#trailing) {
      writer.bits(...control.reuse);
    } else {
      this.#leading = leading;
      this.#trailing = trailing;
      writer.bits(...control.renew);
      writer.bits((leading << 6) | ((64 - leading - trailing) & 63), 11);
    }
    writer.reserve(8);
    writer.at = writeMiddle(writer.bytes, writer.at, highBits, lowBits, this.#leading, this.#trailing);
  }
}
