// Pages of chunk segments, kept in the memory of the kernel that decodes them: a chunk is decoded where it stands.
// Comes from: block/chunk-segments. One of these serves all blocks of a database, on one thread. When all slots are taken, a page
// that chance chooses makes room: queries go through blocks from front to back again and again, and what was used longest ago is
// what is wanted next.
import { randomFrom } from "@narthex/stdx";
import type { ChunkWindow } from "../chunk/encoding.js";
import { XorDecoder } from "../chunk/xor-kernel.js";
import { CorruptionError } from "../errors.js";
import type { PagedFile } from "./paged-file.js";

const pageBits = 16;
const pageBytes = 2 ** pageBits;
const slotsMin = 16;
/** For chunks that cross the end of a page; longer ones get memory of their own. */
export const spillBytesMax: number = pageBytes;
/** Of a length, which is a uvarint. */
const lengthBytesMax = 5;

/** What pages are read from. */
export type PageSource = Pick<PagedFile, "path" | "size" | "bytes" | "check" | "readInto">;

/** A segment's pages: where each is, as slot + 1; 0 for one that is not in memory. */
export class SegmentPages {
  readonly file: PageSource;
  slots: Uint32Array;
  /** Of the chunk that was found last, for the decoder. */
  readonly key: { readonly owner: number; place: number };

  /** `number`: what no other segment of the same memory has, above 0. */
  constructor(file: PageSource, number: number) {
    this.file = file;
    this.key = { owner: number, place: 0 };
    this.slots = new Uint32Array(Math.ceil(file.size / pageBytes));
  }
}

export class ChunkPages {
  readonly decoder: XorDecoder;
  /** What `locate` found: bytes[start, end). */
  bytes: Uint8Array;
  start = 0;
  end = 0;
  readonly #slotsMax: number;
  readonly #owners: (SegmentPages | undefined)[] = [];
  readonly #numbers: Uint32Array;
  readonly #free: number[] = [];
  #slotCount = 0;
  #segmentCount = 0;
  readonly #random: () => number = randomFrom(1);
  readonly #spillAt: number;
  #spilled = 0;
  readonly #prefix = new Uint8Array(lengthBytesMax);

  constructor(bytesMax: number) {
    this.#slotsMax = Math.max(slotsMin, Math.floor(bytesMax / pageBytes));
    this.decoder = new XorDecoder(this.#slotsMax * pageBytes + spillBytesMax);
    this.bytes = this.decoder.memory;
    this.#spillAt = this.#addressOf(this.#slotsMax);
    this.#numbers = new Uint32Array(this.#slotsMax);
  }

  /** A segment of which no page is in memory yet. */
  segment(file: PageSource): SegmentPages {
    return new SegmentPages(file, ++this.#segmentCount);
  }

  /**
   * Finds the bytes that follow the length at `offset`, as many as it says and `extra` more. They stay where they are until the
   * next call; what was added to the decoder, until it is decoded. Throws CorruptionError.
   */
  locate(segment: SegmentPages, offset: number, extra: number): void {
    segment.key.place = offset;
    // By bits: V8 divides numbers out of a list of doubles by a call.
    const inPage = offset & (pageBytes - 1);
    if (inPage > pageBytes - lengthBytesMax || offset > segment.file.size - lengthBytesMax) {
      this.#spill(segment.file, offset, extra);
      return;
    }
    if (!this.#locateIn(this.#page(segment, offset >>> pageBits), segment, { offset, extra })) {
      this.#spill(segment.file, offset, extra);
    }
  }

  /** As `locate`, where that moves nothing in memory; false elsewhere. */
  locateLoaded(segment: SegmentPages, offset: number, extra: number): boolean {
    segment.key.place = offset;
    const isWhole = (offset & (pageBytes - 1)) <= pageBytes - lengthBytesMax;
    if (!isWhole || offset > segment.file.size - lengthBytesMax) return false;
    const slot = segment.slots[offset >>> pageBits]!;
    return slot > 0 && this.#locateIn(this.#addressOf(slot - 1), segment, { offset, extra });
  }

  /** False where the page does not have all of it. */
  #locateIn(page: number, segment: SegmentPages, { offset, extra }: PlaceInFile): boolean {
    const { memory } = this.decoder;
    const inPage = offset & (pageBytes - 1);
    let at = page + inPage;
    let length = memory[at++]!;
    if (length >= 0x80) {
      length &= 0x7f;
      for (let scale = 0x80; ; scale *= 0x80) {
        const byte = memory[at++]!;
        length += (byte & 0x7f) * scale;
        if (byte < 0x80) break;
        if (scale >= 0x80 ** (lengthBytesMax - 1)) throw impossibleLength(segment.file, offset);
      }
    }
    const whole = length + extra;
    const fileEnd = offset + (at - page - inPage) + whole;
    if (at + whole > page + pageBytes || fileEnd > segment.file.size) return false;
    this.bytes = memory;
    this.start = at;
    this.end = at + whole;
    return true;
  }

  /** Reads from the file what crosses the end of a page: past the file's own cache, which would take in a page for it. */
  #spill(file: PageSource, offset: number, extra: number): void {
    const prefix = this.#prefix.subarray(0, Math.max(0, Math.min(lengthBytesMax, file.size - offset)));
    file.readInto(prefix, offset);
    let length = 0;
    let lengthBytes = 0;
    for (let scale = 1; ; scale *= 0x80) {
      if (lengthBytes === lengthBytesMax) throw impossibleLength(file, offset);
      const byte = prefix[lengthBytes++] ?? 0;
      length += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    const whole = length + extra;
    if (whole > spillBytesMax) {
      this.bytes = file.bytes(offset + lengthBytes, whole);
      this.start = 0;
      this.end = whole;
      return;
    }
    file.check(offset + lengthBytes, whole);
    this.bytes = this.decoder.memory;
    this.start = this.room(whole);
    this.end = this.start + whole;
    file.readInto(this.bytes.subarray(this.start, this.end), offset + lengthBytes);
  }

  /**
   * Where in the decoder's memory a chunk from elsewhere may be put, at a multiple of four; it stays as `locate` says.
   * REQUIRES: `bytes` is no more than `spillBytesMax`.
   */
  room(bytes: number): number {
    const taken = (bytes + 3) & ~3;
    if (this.#spilled + taken > spillBytesMax) {
      this.decoder.decodeAdded();
      this.#spilled = 0;
    }
    const at = this.#spillAt + this.#spilled;
    this.#spilled += taken;
    return at;
  }

  /** Begins a run of many series in the decoder; false where it has no kernel. REQUIRES: nothing is waiting there. */
  beginMany(window: ChunkWindow): boolean {
    this.#spilled = 0;
    return this.decoder.beginMany(window);
  }

  /** Whether `room` moves nothing. */
  hasRoom(bytes: number): boolean {
    return this.#spilled + ((bytes + 3) & ~3) <= spillBytesMax;
  }

  /** Where a page begins in memory. */
  #page(segment: SegmentPages, number: number): number {
    const known = segment.slots[number]!;
    return this.#addressOf(known > 0 ? known - 1 : this.#load(segment, number));
  }

  #addressOf(slot: number): number {
    return this.decoder.spareAt + slot * pageBytes;
  }

  #load(segment: SegmentPages, number: number): number {
    // What was added may stand in the page that makes room.
    this.decoder.decodeAdded();
    const slot = this.#freeSlot();
    const start = this.#addressOf(slot);
    const length = Math.min(pageBytes, segment.file.size - number * pageBytes);
    segment.file.readInto(this.decoder.memory.subarray(start, start + length), number * pageBytes);
    this.#owners[slot] = segment;
    this.#numbers[slot] = number;
    segment.slots[number] = slot + 1;
    return slot;
  }

  #freeSlot(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#slotCount < this.#slotsMax) return this.#slotCount++;
    const slot = Math.floor(this.#random() * this.#slotsMax);
    const owner = this.#owners[slot];
    if (owner) owner.slots[this.#numbers[slot]!] = 0;
    return slot;
  }

  /** Of a segment whose file is longer than the `formerSize` it had: what was its end is read anew. */
  grow(segment: SegmentPages, formerSize: number): void {
    const slots = new Uint32Array(Math.ceil(segment.file.size / pageBytes));
    slots.set(segment.slots);
    const last = Math.floor(formerSize / pageBytes);
    const slot = slots[last]! - 1;
    if (slot >= 0) {
      slots[last] = 0;
      this.#owners[slot] = undefined;
      this.#free.push(slot);
    }
    segment.slots = slots;
  }

  /** Forgets a segment that is closed. */
  drop(segment: SegmentPages): void {
    this.#owners.forEach((owner, slot) => {
      if (owner !== segment) return;
      this.#owners[slot] = undefined;
      this.#free.push(slot);
    });
  }
}

/** `extra`: bytes behind those that the length counts. */
type PlaceInFile = { readonly offset: number; readonly extra: number };

function impossibleLength(file: PageSource, offset: number): CorruptionError {
  return new CorruptionError("an impossible length", { file: file.path, offset });
}
