// The lines of a body that changed since the last one: their keys and what each is found by. A line is first compared with the one
// that followed last time; only where they differ is the key hashed and looked up, in open addressing with linear probing.
// Comes from: series-cache, which gives it up again when lines come as they came; scrape/metadata keeps one for good.
import { assert, grown, viewOf } from "@narthex/stdx";
import { endOfSameKey } from "./key-bytes.js";
import { LineLayout, type SealedLines } from "./line-layout.js";

/** Of a larger one the memory is not kept for other targets. */
const keptBytesMax = 4 * 1024 * 1024;

/** As SeriesCache, whose methods these are. */
export class OpenLines {
  // Per slot.
  #start: Uint32Array = new Uint32Array(32);
  #length: Uint32Array = new Uint32Array(32);
  #hash: Uint32Array = new Uint32Array(32);
  #seenAt: Uint32Array = new Uint32Array(32);
  #position: Uint32Array = new Uint32Array(32);
  #slotCount = 0;
  #free: number[] = [];

  // Key bytes of all slots; those of freed slots are garbage until `#compact`.
  #arena: Uint8Array = new Uint8Array(0);
  #arenaView: DataView = viewOf(this.#arena);
  #bodyView: DataView = this.#arenaView;
  #arenaLength = 0;
  #garbage = 0;

  // Slots in the order of the last body, and of the body in work.
  #order: Uint32Array = new Uint32Array(32);
  #orderLength = 0;
  #next: Uint32Array = new Uint32Array(32);
  #nextLength = 0;
  // Where in #order the next line is expected.
  #expected = 0;
  #isInSequence = true;

  // slot + 1, or 0 for empty.
  #table: Uint32Array = new Uint32Array(64);
  #generation = 0;
  readonly #added: number[] = [];

  /** Keys in use. */
  get size(): number {
    return this.#slotCount - this.#free.length;
  }

  /** Slots are below this number. */
  get slotsEnd(): number {
    return this.#slotCount;
  }

  get isUnchanged(): boolean {
    return this.#isInSequence && this.#expected === this.#orderLength;
  }

  /** The slot of the line that `matchNext` recognised last. */
  slot = 0;

  /** Replaces all by lines that were sealed, of which the first `expected` have come again in the body of `begin` and `attach`. */
  restore({ layout, order, slotCount, free }: SealedLines, expected: number): void {
    const { keys, starts, count } = layout;
    this.#reserve(slotCount);
    if (this.#table.length < slotCount * 2) this.#table = new Uint32Array(2 ** Math.ceil(Math.log2(slotCount * 2)));
    else this.#table.fill(0);
    this.#arenaLength = 0;
    this.#garbage = 0;
    this.#slotCount = slotCount;
    this.#free = [...free];
    this.#order = new Uint32Array(Math.max(32, count));
    this.#orderLength = count;
    this.#store(keys, 0, keys.length);
    for (let i = 0; i < count; i++) {
      const slot = order?.[i] ?? i;
      this.#order[i] = slot;
      this.#start[slot] = starts[i]!;
      this.#length[slot] = starts[i + 1]! - starts[i]!;
      this.#hash[slot] = hashOf(keys, starts[i]!, starts[i + 1]!);
      this.#seenAt[slot] = 0;
      this.#position[slot] = i;
      this.#insert(slot);
    }
    this.begin();
    this.#expected = expected;
  }

  /** What `restore` takes; `layoutOf` finds or makes the layout. */
  seal(layoutOf: (lines: OpenLines) => LineLayout): SealedLines {
    const order = this.#order.slice(0, this.#orderLength);
    const isIdentity = order.every((slot, i) => slot === i);
    return {
      layout: layoutOf(this),
      order: isIdentity ? undefined : order,
      slotCount: this.#slotCount,
      free: [...this.#free],
    };
  }

  /** Of the keys, in order. */
  layoutHash(): number {
    let hash = this.#orderLength;
    for (let i = 0; i < this.#orderLength; i++) hash = Math.imul(hash ^ this.#hash[this.#order[i]!]!, 0x01000193);
    return hash;
  }

  hasKeysOf({ keys, starts, count }: LineLayout): boolean {
    if (count !== this.#orderLength) return false;
    for (let i = 0; i < count; i++) {
      if (!this.#isKeyOf(this.#order[i]!, keys, starts[i]!, starts[i + 1]!)) return false;
    }
    return true;
  }

  toLayout(): LineLayout {
    const starts = new Uint32Array(this.#orderLength + 1);
    for (let i = 0; i < this.#orderLength; i++) starts[i + 1] = starts[i]! + this.#length[this.#order[i]!]!;
    const keys = new Uint8Array(starts[this.#orderLength]!);
    for (let i = 0; i < this.#orderLength; i++) {
      const from = this.#start[this.#order[i]!]!;
      keys.set(this.#arena.subarray(from, from + starts[i + 1]! - starts[i]!), starts[i]);
    }
    return new LineLayout(keys, starts);
  }

  /** Whether it may serve another target. */
  get isSmall(): boolean {
    return this.#arena.length + 32 * this.#start.length <= keptBytesMax;
  }

  begin(): void {
    this.#generation++;
    this.#nextLength = 0;
    this.#expected = 0;
    this.#isInSequence = true;
    this.#added.length = 0;
  }

  /** Names the bytes that the following `matchNext` will walk. */
  attach(bytes: Uint8Array): void {
    this.#bodyView = viewOf(bytes);
  }

  matchNext(start: number): number {
    if (this.#expected >= this.#orderLength) return 0;
    const slot = this.#order[this.#expected]!;
    const place = { view: this.#arenaView, start: this.#start[slot]!, length: this.#length[slot]! };
    const end = endOfSameKey(this.#bodyView, start, place);
    if (end === 0) return 0;
    this.#expected++;
    this.slot = slot;
    if (!this.#isInSequence) this.#see(slot);
    return end;
  }

  /** Where in the order of the last body the next line is expected. */
  get expected(): number {
    return this.#expected;
  }

  /**
   * Copies the keys that are expected next, end to end, as far as they stand so in memory and fit; returns how many.
   * `lengths` are theirs.
   */
  copyExpected(keys: Uint8Array, lengths: Uint32Array): number {
    const countMax = Math.min(this.#orderLength - this.#expected, lengths.length);
    if (countMax <= 0) return 0;
    const from = this.#start[this.#order[this.#expected]!]!;
    let count = 0;
    let bytes = 0;
    for (; count < countMax; count++) {
      const slot = this.#order[this.#expected + count]!;
      const length = this.#length[slot]!;
      if (this.#start[slot] !== from + bytes || bytes + length > keys.length) break;
      lengths[count] = length;
      bytes += length;
    }
    keys.set(this.#arena.subarray(from, from + bytes));
    return count;
  }

  /** Bytes between two keys that `copyExpected` copied together, by their place in the order. */
  bytesBetween(first: number, last: number): number {
    return this.#start[this.#order[last]!]! - this.#start[this.#order[first]!]!;
  }

  /** The next `count` expected lines came; their slots go to `slots` from `row` on. */
  takeExpected(count: number, slots: Uint32Array, row: number): void {
    const expected = this.#order.subarray(this.#expected, this.#expected + count);
    slots.set(expected, row);
    if (!this.#isInSequence) for (const slot of expected) this.#see(slot);
    this.#expected += count;
  }

  /** The slot of a key, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashOf(bytes, start, end);
    const mask = this.#table.length - 1;
    for (let i = hash & mask; this.#table[i] !== 0; i = (i + 1) & mask) {
      const slot = this.#table[i]! - 1;
      if (this.#hash[slot] === hash && this.#isKeyOf(slot, bytes, start, end)) {
        this.#leaveSequence();
        this.#expected = (this.#position[slot]! + 1) >>> 0;
        this.#see(slot);
        return slot;
      }
    }
    return -1;
  }

  /** Takes up a key that `find` did not know. */
  add(bytes: Uint8Array, start: number, end: number): number {
    this.#leaveSequence();
    const slot = this.#free.pop() ?? this.#newSlot();
    this.#start[slot] = this.#store(bytes, start, end);
    this.#length[slot] = end - start;
    this.#hash[slot] = hashOf(bytes, start, end);
    // A new line stands between two known ones: what was expected here is expected next.
    this.#position[slot] = this.#expected - 1;
    this.#seenAt[slot] = 0;
    this.#insert(slot);
    this.#added.push(slot);
    this.#see(slot);
    return slot;
  }

  /**
   * Ends a good body. Returns the slots of the last body that did not come again; they are free from now on, so whatever
   * belongs to them must be dropped before the next `begin`. Two keys may spell one series: before a stale marker is
   * written for a vanished slot, make sure that none of the present slots stands for its series.
   */
  commit(): number[] {
    const vanished: number[] = [];
    if (this.isUnchanged) return vanished;
    this.#leaveSequence();
    for (let i = 0; i < this.#orderLength; i++) {
      const slot = this.#order[i]!;
      if (this.#seenAt[slot] !== this.#generation) vanished.push(slot);
    }
    [this.#order, this.#next] = [this.#next, this.#order];
    this.#orderLength = this.#nextLength;
    for (let i = 0; i < this.#orderLength; i++) this.#position[this.#order[i]!] = i;
    for (const slot of vanished) this.#release(slot);
    this.#compact();
    return vanished;
  }

  /** Forgets the body in work. */
  rollback(): void {
    for (const slot of this.#added) this.#release(slot);
    this.#added.length = 0;
    this.#nextLength = 0;
    this.#compact();
  }

  // While lines come as they came in the last body, its order says which came: nothing is noted of them one by one.
  #leaveSequence(): void {
    if (!this.#isInSequence) return;
    this.#isInSequence = false;
    for (let i = 0; i < this.#expected; i++) this.#see(this.#order[i]!);
  }

  #see(slot: number): void {
    // A key that comes twice in one body stands once in the order, or the order would grow with every repetition.
    if (this.#seenAt[slot] === this.#generation) return;
    this.#seenAt[slot] = this.#generation;
    if (this.#nextLength === this.#next.length) this.#next = grown(this.#next, this.#nextLength + 1);
    this.#next[this.#nextLength++] = slot;
  }

  #newSlot(): number {
    const slot = this.#slotCount++;
    this.#reserve(this.#slotCount);
    if (this.#slotCount * 2 > this.#table.length) this.#rehash(this.#table.length * 2);
    return slot;
  }

  #reserve(slots: number): void {
    if (slots <= this.#start.length) return;
    this.#start = grown(this.#start, slots);
    this.#length = grown(this.#length, slots);
    this.#hash = grown(this.#hash, slots);
    this.#seenAt = grown(this.#seenAt, slots);
    this.#position = grown(this.#position, slots);
  }

  #store(bytes: Uint8Array, start: number, end: number): number {
    const at = this.#arenaLength;
    const needed = at + end - start;
    if (needed > this.#arena.length) {
      const larger = new Uint8Array(this.#arenaBytesFor(needed));
      larger.set(this.#arena.subarray(0, at));
      this.#arena = larger;
      this.#arenaView = viewOf(larger);
    }
    for (let i = start, to = at; i < end; i++, to++) this.#arena[to] = bytes[i]!;
    this.#arenaLength = needed;
    return at;
  }

  // The keys of a first body are a little shorter than it is. A cache lives as long as its target and there are thousands,
  // so what is grown later is grown by little.
  #arenaBytesFor(needed: number): number {
    const grown = needed + (needed >>> 3);
    return this.#arenaLength === 0 ? Math.max(grown, this.#bodyView.byteLength, 1024) : grown;
  }

  #isKeyOf(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#length[slot] !== end - start) return false;
    const from = this.#start[slot]!;
    for (let i = start; i < end; i++) if (bytes[i] !== this.#arena[from + i - start]) return false;
    return true;
  }

  #insert(slot: number): void {
    const mask = this.#table.length - 1;
    let i = this.#hash[slot]! & mask;
    while (this.#table[i] !== 0) i = (i + 1) & mask;
    this.#table[i] = slot + 1;
  }

  #rehash(size: number): void {
    const old = this.#table;
    this.#table = new Uint32Array(size);
    for (const entry of old) if (entry !== 0) this.#insert(entry - 1);
  }

  #release(slot: number): void {
    this.#erase(slot);
    this.#garbage += this.#length[slot]!;
    this.#length[slot] = 0;
    this.#free.push(slot);
  }

  // Linear probing without tombstones: entries behind the hole move up unless that would lift them above their home.
  #erase(slot: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let hole = this.#hash[slot]! & mask;
    while (table[hole] !== slot + 1) {
      assert(table[hole] !== 0, "a slot in use is in the table");
      hole = (hole + 1) & mask;
    }
    for (let i = (hole + 1) & mask; table[i] !== 0; i = (i + 1) & mask) {
      const home = this.#hash[table[i]! - 1]! & mask;
      if (((i - home) & mask) < ((i - hole) & mask)) continue;
      table[hole] = table[i]!;
      hole = i;
    }
    table[hole] = 0;
  }

  // Once half of the arena is garbage; keys move in the order of the body, so that matching walks forward in memory.
  #compact(): void {
    if (this.#garbage * 2 <= this.#arenaLength) return;
    const arena = new Uint8Array(this.#arenaBytesFor(this.#arenaLength - this.#garbage));
    let length = 0;
    for (let i = 0; i < this.#orderLength; i++) {
      const slot = this.#order[i]!;
      const start = this.#start[slot]!;
      arena.set(this.#arena.subarray(start, start + this.#length[slot]!), length);
      this.#start[slot] = length;
      length += this.#length[slot]!;
    }
    this.#arena = arena;
    this.#arenaView = viewOf(arena);
    this.#arenaLength = length;
    this.#garbage = 0;
  }
}

// FNV-1a on 32 bits, mixed at the end because the table takes the low bits.
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) >>> 0;
}
