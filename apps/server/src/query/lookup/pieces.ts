// Pieces of bytes of any size → parts of a bounded size.
// Comes from: query/lookup/federation. Goes to: query/sender.
import type { JsonParts } from "@narthex/formats";

export class Pieces {
  readonly #parts: JsonParts | undefined;
  #waiting: Uint8Array[] = [];
  #bytes = 0;

  /** Without `parts` everything stays until `rest()`. */
  constructor(parts: JsonParts | undefined) {
    this.#parts = parts;
  }

  add(piece: Uint8Array): void {
    let open = piece;
    if (this.#parts) {
      const { bytesMax, take } = this.#parts;
      while (this.#bytes + open.length > bytesMax) {
        const fitting = bytesMax - this.#bytes;
        this.#keep(open.subarray(0, fitting));
        open = open.subarray(fitting);
        take(this.rest());
      }
    }
    this.#keep(open);
  }

  /** What no part has taken; the caller's own. */
  rest(): Uint8Array<ArrayBuffer> {
    const joined = new Uint8Array(this.#bytes);
    let at = 0;
    for (const piece of this.#waiting) {
      joined.set(piece, at);
      at += piece.length;
    }
    this.#waiting = [];
    this.#bytes = 0;
    return joined;
  }

  #keep(piece: Uint8Array): void {
    this.#waiting.push(piece);
    this.#bytes += piece.length;
  }
}
