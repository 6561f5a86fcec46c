// Memory of open chunks: slabs over shared buffers, cut into pieces of one size. A chunk is a chain of pieces, each
// naming the one before it, so that a chunk grows without moving and wastes less than a piece. A place is a piece's
// number plus 1; 0 means none.
//
//   piece: previous place<4> data<124>

const pieceBytes = 128;
const linkBytes = 4;
const slabBytes = 1 << 20;
const piecesPerSlab = slabBytes / pieceBytes;

/** Bytes of a chunk that one piece holds. */
export const pieceDataBytes: number = pieceBytes - linkBytes;

export class ChunkArena {
  readonly #slabs: Uint8Array[] = [];
  readonly #links: Uint32Array[] = [];
  readonly #free: number[] = [];
  #used = 0;

  /** Bytes of pieces in use. */
  get bytesUsed(): number {
    return (this.#used - this.#free.length) * pieceBytes;
  }

  /** Bytes of all slabs. */
  get bytesReserved(): number {
    return this.#slabs.length * slabBytes;
  }

  slab(place: number): Uint8Array {
    return this.#slabs[Math.floor((place - 1) / piecesPerSlab)] as Uint8Array;
  }

  /** Where in its slab the data of the piece begins. */
  dataOffset(place: number): number {
    return ((place - 1) % piecesPerSlab) * pieceBytes + linkBytes;
  }

  /** A piece that follows `previous`; 0 for the first of a chunk. */
  allocate(previous: number): number {
    const place = this.#free.pop() ?? this.#carve();
    this.#link(place)[this.#linkAt(place)] = previous;
    return place;
  }

  /** Gives back the chunk that ends in `last`. */
  release(last: number): void {
    for (let place = last; place !== 0; place = this.#previous(place)) this.#free.push(place);
  }

  /** Copies the first `length` bytes of the chunk that ends in `last` to the start of `target`. */
  gather(last: number, length: number, target: Uint8Array): void {
    let place = last;
    for (let piece = Math.ceil(length / pieceDataBytes) - 1; piece >= 0; piece--) {
      const from = this.dataOffset(place);
      const at = piece * pieceDataBytes;
      const count = Math.min(pieceDataBytes, length - at);
      target.set(this.slab(place).subarray(from, from + count), at);
      place = this.#previous(place);
    }
  }

  #previous(place: number): number {
    return this.#link(place)[this.#linkAt(place)]!;
  }

  #link(place: number): Uint32Array {
    return this.#links[Math.floor((place - 1) / piecesPerSlab)] as Uint32Array;
  }

  #linkAt(place: number): number {
    return ((place - 1) % piecesPerSlab) * (pieceBytes / 4);
  }

  #carve(): number {
    if (this.#used === this.#slabs.length * piecesPerSlab) {
      const buffer = new SharedArrayBuffer(slabBytes);
      this.#slabs.push(new Uint8Array(buffer));
      this.#links.push(new Uint32Array(buffer));
    }
    return ++this.#used;
  }
}
