// Memory of open chunks: slabs over shared buffers, cut into slots of a few sizes. A chunk that outgrows its slot moves
// to the next size. A place is a number: slot address in units of 32 bytes, plus 1, so that 0 means none.
import { assert } from "@narthex/stdx";

const unitBytes = 32;
const slabBytes = 1 << 20;
const unitsPerSlab = slabBytes / unitBytes;

/** The largest holds a chunk at its cut (1024 bytes) and one more sample. */
const slotSizes = [64, 96, 128, 160, 192, 256, 320, 384, 512, 640, 768, 1056] as const;
export const slotBytesMax: number = slotSizes[slotSizes.length - 1] as number;

export class ChunkArena {
  readonly #slabs: Uint8Array[] = [];
  readonly #free: number[][] = slotSizes.map(() => []);
  #used = slabBytes;
  /** Bytes of slots in use. */
  bytesUsed = 0;

  /** Bytes of all slabs. */
  get bytesReserved(): number {
    return this.#slabs.length * slabBytes;
  }

  slab(place: number): Uint8Array {
    return this.#slabs[Math.floor((place - 1) / unitsPerSlab)] as Uint8Array;
  }

  /** Where in its slab the slot begins. */
  offset(place: number): number {
    return ((place - 1) % unitsPerSlab) * unitBytes;
  }

  /** A slot of at least `bytes`. */
  allocate(bytes: number): { readonly place: number; readonly size: number } {
    const sizeClass = sizeClassOf(bytes);
    const size = slotSizes[sizeClass] as number;
    this.bytesUsed += size;
    const free = (this.#free[sizeClass] as number[]).pop();
    return { place: free ?? this.#carve(size), size };
  }

  release(place: number, size: number): void {
    this.bytesUsed -= size;
    (this.#free[sizeClassOf(size)] as number[]).push(place);
  }

  #carve(size: number): number {
    if (this.#used + size > slabBytes) {
      this.#slabs.push(new Uint8Array(new SharedArrayBuffer(slabBytes)));
      this.#used = 0;
    }
    const place = ((this.#slabs.length - 1) * slabBytes + this.#used) / unitBytes + 1;
    this.#used += size;
    return place;
  }
}

function sizeClassOf(bytes: number): number {
  const sizeClass = slotSizes.findIndex((size) => size >= bytes);
  assert(sizeClass >= 0, "a slot fits the largest size");
  return sizeClass;
}
