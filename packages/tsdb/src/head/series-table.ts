// The head's series, one row ("slot") each, as columns. A ref is forever, a slot is reused when its series is gone.
// Row 0 stays empty, so that 0 means none for slots and refs alike.
import { XorStates } from "../chunk/xor-encode.js";
import { GrowingColumns } from "../growing-columns.js";
import type { HeadMemory } from "./memory.js";
import { RefMap } from "./ref-map.js";

export class SeriesTable {
  capacity = 1024;
  /** Live series. */
  size = 0;
  /** The ref given out last. */
  lastRef = 0;
  #used = 1;
  readonly #free: number[] = [];
  readonly #slots: RefMap;
  readonly #columns = new GrowingColumns().resize(this.capacity);
  /** Of columns that the append kernel works on. */
  readonly #appendColumns: GrowingColumns;

  ref: Uint32Array = this.#columns.uint32();
  /** The labels' pairs in the head's pool. */
  labelsAt: Uint32Array = this.#columns.uint32();
  labelsCount: Uint16Array = this.#columns.uint16();
  /** First and last of the full chunks, as entries of the head's ClosedChunks; 0 for none. */
  closedFirst: Uint32Array = this.#columns.uint32();
  closedLast: Uint32Array = this.#columns.uint32();
  /** Encoding of the open chunk; 0 while there is none. */
  openEncoding: Uint8Array;
  /** The last piece of the open chunk in the arena, and how many there are. */
  openPlace: Uint32Array;
  openPieces: Uint8Array;
  openMinTime: Float64Array;
  /** A sample at or behind this time begins a new chunk. */
  cutTime: Float64Array;
  /** 1 while an open appender holds samples for the series: it must not be collected. */
  isPending: Uint8Array;
  /** Encoder state of open float chunks; `t`, `high`, `low` are the last sample even when no chunk is open. */
  readonly xor: XorStates;

  constructor(memory: HeadMemory | undefined) {
    this.#slots = new RefMap(memory);
    this.xor = new XorStates(this.capacity, memory);
    this.#appendColumns = new GrowingColumns(memory);
    const columns = this.#appendColumns.resize(this.capacity);
    this.openEncoding = columns.uint8();
    this.openPlace = columns.uint32();
    this.openPieces = columns.uint8();
    this.openMinTime = columns.float64();
    this.cutTime = columns.float64();
    this.isPending = columns.uint8();
  }

  /** The columns that the append kernel works on, in its order (kernel/append.ts, setColumns). */
  appendColumns(): { readonly byteOffset: number }[] {
    const { bits, count, t, delta, high, low, leading, trailing } = this.xor;
    const { openEncoding, openPlace, openPieces, openMinTime, cutTime, isPending } = this;
    const states = [bits, count, t, delta, high, low, leading, trailing];
    return [...states, openEncoding, openPlace, openPieces, openMinTime, cutTime, isPending];
  }

  /** The slot of a ref, or 0. */
  slotOf(ref: number): number {
    return this.#slots.slotOf(ref);
  }

  /** A row for `ref`, with nothing in it yet. */
  add(ref: number): number {
    const slot = this.#free.pop() ?? this.#used++;
    if (slot >= this.capacity) this.#grow();
    this.size++;
    this.lastRef = Math.max(this.lastRef, ref);
    this.ref[slot] = ref;
    this.openEncoding[slot] = 0;
    this.openPlace[slot] = 0;
    this.closedFirst[slot] = 0;
    this.closedLast[slot] = 0;
    this.isPending[slot] = 0;
    this.xor.reset(slot);
    this.xor.t[slot] = Number.NEGATIVE_INFINITY;
    this.#slots.add(ref, slot);
    return slot;
  }

  remove(slot: number): void {
    const ref = this.ref[slot]!;
    this.#slots.remove(ref);
    this.ref[slot] = 0;
    this.size--;
    this.#free.push(slot);
  }

  /** Refs of all series, in order of rows. A copy. */
  refs(): Uint32Array<ArrayBuffer> {
    const { ref } = this;
    const refs = new Uint32Array(this.size);
    let count = 0;
    for (let slot = 1; slot < this.#used; slot++) if (ref[slot] !== 0) refs[count++] = ref[slot]!;
    return refs;
  }

  /** Rows in use are among 1 … slotEnd - 1; those with ref 0 are free. */
  get slotEnd(): number {
    return this.#used;
  }

  #grow(): void {
    const capacity = Math.ceil(this.capacity * 1.5);
    const columns = this.#columns.resize(capacity);
    this.capacity = capacity;
    this.ref = columns.uint32(this.ref);
    this.labelsAt = columns.uint32(this.labelsAt);
    this.labelsCount = columns.uint16(this.labelsCount);
    this.closedFirst = columns.uint32(this.closedFirst);
    this.closedLast = columns.uint32(this.closedLast);
    const appendColumns = this.#appendColumns.resize(capacity);
    this.openEncoding = appendColumns.uint8(this.openEncoding);
    this.openPlace = appendColumns.uint32(this.openPlace);
    this.openPieces = appendColumns.uint8(this.openPieces);
    this.openMinTime = appendColumns.float64(this.openMinTime);
    this.cutTime = appendColumns.float64(this.cutTime);
    this.isPending = appendColumns.uint8(this.isPending);
    this.xor.grow(capacity);
  }
}
