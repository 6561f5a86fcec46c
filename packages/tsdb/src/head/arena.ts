// Memory of open chunks: slabs over shared buffers, cut into pieces of one size. A chunk is a chain of pieces, each
// naming the one before it, so that a chunk grows without moving and wastes less than a piece. A place is a piece's
// number plus 1; 0 means none.
//
//   piece: previous place<4> data<60>

const pieceBytes = 64;
const linkBytes = 4;
const slabBytes = 1 << 20;
const piecesPerSlab = slabBytes / pieceBytes;

/** Bytes of a chunk that one piece holds. */
export const pieceDataBytes: number = pieceBytes - linkBytes;

/** Reads chunks of an arena: here, or on a thread that was given its slabs. */
export class ArenaReader {
  readonly #slabs: Uint8Array[] = [];
  readonly #links: Uint32Array[] = [];

  /** REQUIRES: in order, as the arena made them. */
  addSlab(buffer: SharedArrayBuffer): void {
    this.#slabs.push(new Uint8Array(buffer));
    this.#links.push(new Uint32Array(buffer));
  }

  get slabCount(): number {
    return this.#slabs.length;
  }

  /** Slabs from number `first` on. Shared, and written by the arena alone. */
  slabsFrom(first: number): SharedArrayBuffer[] {
    return this.#slabs.slice(first).map(({ buffer }) => buffer as SharedArrayBuffer);
  }

  slab(place: number): Uint8Array {
    return this.#slabs[Math.floor((place - 1) / piecesPerSlab)] as Uint8Array;
  }

  /** Where in its slab the data of the piece begins. */
  dataOffset(place: number): number {
    return ((place - 1) % piecesPerSlab) * pieceBytes + linkBytes;
  }

  /** Copies the first `length` bytes of the chunk that ends in `last` to the start of `target`. */
  gather(last: number, length: number, target: Uint8Array): void {
    let place = last;
    for (let piece = Math.ceil(length / pieceDataBytes) - 1; piece >= 0; piece--) {
      const from = this.dataOffset(place);
      const at = piece * pieceDataBytes;
      const count = Math.min(pieceDataBytes, length - at);
      target.set(this.slab(place).subarray(from, from + count), at);
      place = this.previous(place);
    }
  }

  /** The piece before this one; 0 for the first of a chunk. */
  previous(place: number): number {
    return this.#linksOf(place)[linkAt(place)]!;
  }

  link(place: number, previous: number): void {
    this.#linksOf(place)[linkAt(place)] = previous;
  }

  #linksOf(place: number): Uint32Array {
    return this.#links[Math.floor((place - 1) / piecesPerSlab)] as Uint32Array;
  }
}

function linkAt(place: number): number {
  return ((place - 1) % piecesPerSlab) * (pieceBytes / 4);
}

export class ChunkArena extends ArenaReader {
  readonly #free: number[] = [];
  #used = 0;

  /** Bytes of pieces in use. */
  get bytesUsed(): number {
    return (this.#used - this.#free.length) * pieceBytes;
  }

  /** Bytes of all slabs. */
  get bytesReserved(): number {
    return this.slabCount * slabBytes;
  }

  /** A piece that follows `previous`; 0 for the first of a chunk. */
  allocate(previous: number): number {
    const place = this.#free.pop() ?? this.#carve();
    this.link(place, previous);
    return place;
  }

  /** Gives back the chunk that ends in `last`. */
  release(last: number): void {
    for (let place = last; place !== 0; place = this.previous(place)) this.#free.push(place);
  }

  #carve(): number {
    if (this.#used === this.slabCount * piecesPerSlab) this.addSlab(new SharedArrayBuffer(slabBytes));
    return ++this.#used;
  }
}
