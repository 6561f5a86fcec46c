// Memory of open chunks: slabs over shared buffers, cut into pieces of one size. A chunk is a chain of pieces, each
// naming the one before it, so that a chunk grows without moving and wastes less than a piece. A place is a piece's
// number plus 1; 0 means none.
//
//   piece: previous place<4> data<60>
//
// Slabs stand in the head's memory, where the append kernel takes pieces, too, or in buffers of their own.
import { type HeadMemory, type Slab, slabBytes } from "./memory.js";

const pieceBytes = 64;
const linkBytes = 4;
const piecesPerSlab = slabBytes / pieceBytes;
/** As many as the memory can have; what stands elsewhere is at no address anyway. */
const slabsMax = 4096;

/** Bytes of a chunk that one piece holds. */
export const pieceDataBytes: number = pieceBytes - linkBytes;
const pieceDataWords = pieceDataBytes / 4;

/** Words that `gather` writes for a chunk of `length` bytes. */
export function gatheredWords(length: number): number {
  return pieceCount(length) * pieceDataWords;
}

function pieceCount(length: number): number {
  return Math.ceil(length / pieceDataBytes);
}

/** Words from number `at` on. */
export interface GatherTarget {
  readonly words: Uint32Array;
  readonly at: number;
}

/** Reads chunks of an arena: here, or on a thread that was given its slabs. */
export class ArenaReader {
  readonly #given: Slab[] = [];
  readonly #slabs: Uint8Array[] = [];
  readonly #links: Uint32Array[] = [];

  /** REQUIRES: in order, as the arena made them. */
  addSlab(slab: Slab): void {
    this.#given.push(slab);
    this.#slabs.push(new Uint8Array(slab.buffer, slab.address, slabBytes));
    this.#links.push(new Uint32Array(slab.buffer, slab.address, slabBytes / 4));
  }

  get slabCount(): number {
    return this.#slabs.length;
  }

  /** Slabs from number `first` on. Shared, and written by the arena alone. */
  slabsFrom(first: number): Slab[] {
    return this.#given.slice(first);
  }

  slab(place: number): Uint8Array {
    return this.#slabs[Math.floor((place - 1) / piecesPerSlab)] as Uint8Array;
  }

  /** Where in its slab the data of the piece begins. */
  dataOffset(place: number): number {
    return ((place - 1) % piecesPerSlab) * pieceBytes + linkBytes;
  }

  /**
   * Copies the chunk of `length` bytes that ends in `last`: all its pieces, whole, so that `target` has room for `gatheredWords`; but not
   * those in which the first `passed` bytes end.
   */
  gather(last: number, length: number, { words, at }: GatherTarget, passed = 0): void {
    let place = last;
    const first = Math.floor(passed / pieceDataBytes);
    for (let piece = pieceCount(length) - 1; piece >= first; piece--) {
      const from = this.#linksOf(place);
      const data = linkAt(place) + linkBytes / 4;
      const to = at + piece * pieceDataWords;
      // Word by word: for so few, parts of arrays cost more than what they copy.
      for (let i = 0; i < pieceDataWords; i++) words[to + i] = from[data + i]!;
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

// Numbers that the kernel counts on with (kernel/append.ts).
const freePiece = 0;
const piecesUsed = 1;
const piecesMade = 2;
const freeCount = 3;
const controlLength = 4;

export class ChunkArena extends ArenaReader {
  readonly #memory: HeadMemory | undefined;
  readonly #control: Uint32Array;
  /** Addresses of the slabs, for the kernel. */
  readonly #addresses: Uint32Array | undefined;

  constructor(memory: HeadMemory | undefined) {
    super();
    this.#memory = memory;
    const at = memory?.kernel.constant("controlAt");
    this.#control = new Uint32Array(memory?.buffer ?? new ArrayBuffer(4 * controlLength), at, controlLength);
    this.#addresses = memory && new Uint32Array(memory.buffer, memory.kernel.constant("slabAddressesAt"), slabsMax);
  }

  /** Bytes of pieces in use. */
  get bytesUsed(): number {
    return (this.#control[piecesUsed]! - this.#control[freeCount]!) * pieceBytes;
  }

  /** Bytes of all slabs. */
  get bytesReserved(): number {
    return this.slabCount * slabBytes;
  }

  /** A piece that follows `previous`; 0 for the first of a chunk. */
  allocate(previous: number): number {
    const place = this.#control[freePiece] === 0 ? this.#carve() : this.#takeFree();
    this.link(place, previous);
    return place;
  }

  /** Gives back the chunk that ends in `last`: its pieces are linked as the free ones are. */
  release(last: number): void {
    if (last === 0) return;
    let first = last;
    let count = 1;
    for (let place = this.previous(last); place !== 0; place = this.previous(place)) {
      first = place;
      count++;
    }
    this.link(first, this.#control[freePiece]!);
    this.#control[freePiece] = last;
    this.#control[freeCount]! += count;
  }

  #takeFree(): number {
    const place = this.#control[freePiece]!;
    this.#control[freePiece] = this.previous(place);
    this.#control[freeCount]!--;
    return place;
  }

  #carve(): number {
    if (this.#control[piecesUsed] === this.#control[piecesMade]) this.#addSlab();
    return ++this.#control[piecesUsed]!;
  }

  #addSlab(): void {
    const slab = this.#memory?.slab() ?? { buffer: new SharedArrayBuffer(slabBytes), address: 0 };
    if (this.#addresses) this.#addresses[this.slabCount] = slab.address;
    this.addSlab(slab);
    this.#control[piecesMade]! += piecesPerSlab;
  }
}
