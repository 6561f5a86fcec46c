// The head's series, one row ("slot") each, as columns. A ref is forever, a slot is reused when its series is gone.
// Row 0 stays empty, so that 0 means none for slots and refs alike.
import { XorStates } from "../chunk/xor-encode.js";
import { GrowingColumns } from "../growing-columns.js";

const refPageBits = 12;
const refPageSize = 1 << refPageBits;

export class SeriesTable {
  capacity = 1024;
  /** Live series. */
  size = 0;
  /** The ref given out last. */
  lastRef = 0;
  #used = 1;
  readonly #free: number[] = [];
  /** ref → slot, in pages that exist while a ref of theirs lives. */
  readonly #refPages: (Uint32Array | undefined)[] = [];
  readonly #refPageLive: number[] = [];
  readonly #columns = new GrowingColumns().resize(this.capacity);

  ref: Uint32Array = this.#columns.uint32();
  /** The labels' pairs in the head's pool. */
  labelsAt: Uint32Array = this.#columns.uint32();
  labelsCount: Uint16Array = this.#columns.uint16();
  /** Encoding of the open chunk; 0 while there is none. */
  openEncoding: Uint8Array = this.#columns.uint8();
  /** The last piece of the open chunk in the arena, and how many there are. */
  openPlace: Uint32Array = this.#columns.uint32();
  openPieces: Uint8Array = this.#columns.uint8();
  openMinTime: Float64Array = this.#columns.float64();
  /** A sample at or behind this time begins a new chunk. */
  cutTime: Float64Array = this.#columns.float64();
  /** First and last of the full chunks, as entries of the head's ClosedChunks; 0 for none. */
  closedFirst: Uint32Array = this.#columns.uint32();
  closedLast: Uint32Array = this.#columns.uint32();
  /** 1 while an open appender holds samples for the series: it must not be collected. */
  isPending: Uint8Array = this.#columns.uint8();
  /** Encoder state of open float chunks; `t`, `high`, `low` are the last sample even when no chunk is open. */
  readonly xor: XorStates = new XorStates(this.capacity);

  /** The slot of a ref, or 0. */
  slotOf(ref: number): number {
    const page = this.#refPages[ref >>> refPageBits];
    return page === undefined ? 0 : page[ref & (refPageSize - 1)]!;
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
    this.#mapRef(ref, slot);
    return slot;
  }

  remove(slot: number): void {
    const ref = this.ref[slot]!;
    const index = ref >>> refPageBits;
    (this.#refPages[index] as Uint32Array)[ref & (refPageSize - 1)] = 0;
    const live = this.#refPageLive[index]! - 1;
    this.#refPageLive[index] = live;
    if (live === 0) this.#refPages[index] = undefined;
    this.ref[slot] = 0;
    this.size--;
    this.#free.push(slot);
  }

  /** Rows in use are among 1 … slotEnd - 1; those with ref 0 are free. */
  get slotEnd(): number {
    return this.#used;
  }

  #mapRef(ref: number, slot: number): void {
    const index = ref >>> refPageBits;
    const page = this.#refPages[index] ?? new Uint32Array(refPageSize);
    page[ref & (refPageSize - 1)] = slot;
    this.#refPages[index] = page;
    this.#refPageLive[index] = (this.#refPageLive[index] ?? 0) + 1;
  }

  #grow(): void {
    const capacity = Math.ceil(this.capacity * 1.5);
    const columns = this.#columns.resize(capacity);
    this.capacity = capacity;
    this.ref = columns.uint32(this.ref);
    this.labelsAt = columns.uint32(this.labelsAt);
    this.labelsCount = columns.uint16(this.labelsCount);
    this.openEncoding = columns.uint8(this.openEncoding);
    this.openPlace = columns.uint32(this.openPlace);
    this.openPieces = columns.uint8(this.openPieces);
    this.openMinTime = columns.float64(this.openMinTime);
    this.cutTime = columns.float64(this.cutTime);
    this.closedFirst = columns.uint32(this.closedFirst);
    this.closedLast = columns.uint32(this.closedLast);
    this.isPending = columns.uint8(this.isPending);
    this.xor.grow(capacity);
  }
}
