// What a body may take in memory once it is decoded: an empty message is two bytes on the wire and an object in memory, and a
// symbol may be named as often as one likes.
import { ByteRangeError } from "@narthex/stdx";

export class DecodeBudget {
  #left: number;

  /** Bytes, roughly counted. */
  constructor(bytesMax: number) {
    this.#left = bytesMax;
  }

  /** `offset`: where the reader stands. Throws ByteRangeError beyond the limit. */
  charge(bytes: number, offset: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw new ByteRangeError("request takes too much memory", offset);
  }
}
