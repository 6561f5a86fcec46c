// The agent's series, one row ("slot") each, as columns: a ref, labels, and the time of the last sample. Samples
// themselves are in the log alone. A ref is forever, a slot is reused when its series is gone; slot 0 means none.
// Comes from: agent/appender, agent/replay. Goes to: agent/checkpoint.
import {
  type Exemplar,
  type Labels,
  labelsFromSorted,
  labelValue,
  type Metadata,
  type SeriesRef,
} from "@narthex/model";
import { assert } from "@narthex/stdx";
import { GrowingColumns } from "../growing-columns.js";
import { HashTable, mixHash } from "../head/hash-table.js";
import { NumberPool } from "../head/number-pool.js";
import { RefMap } from "../head/ref-map.js";
import { Symbols } from "../head/symbols.js";

export class AgentSeries {
  /** Live series. */
  size = 0;
  /** The ref given out last, or named by the log. */
  lastRef = 0;
  readonly metadata: Map<SeriesRef, Metadata> = new Map();
  /** The last one that was taken, by ref. */
  readonly exemplars: Map<SeriesRef, Exemplar> = new Map();
  #capacity = 1024;
  #used = 1;
  readonly #free: number[] = [];
  readonly #slots = new RefMap(undefined);
  readonly #columns = new GrowingColumns().resize(this.#capacity);
  ref: Uint32Array = this.#columns.uint32();
  /** In ms; -Infinity while there is none. */
  lastTime: Float64Array = this.#columns.float64();
  /** 1 while an open appender holds something for the series: it must not be collected. */
  isPending: Uint8Array = this.#columns.uint8();
  /** The labels' symbols in the pool: name, value, name, value, … */
  #labelsAt = this.#columns.uint32();
  #labelsCount = this.#columns.uint16();
  readonly #symbols = new Symbols();
  readonly #labels = new NumberPool();
  readonly #byLabels = new HashTable((slot) => this.#hashOf(slot));
  /** Series of each value of the label `job`, by symbol. */
  readonly #jobSizes = new Map<number, number>();
  #wanted: number[] = [];

  /** Rows in use are among 1 … slotEnd - 1; those with ref 0 are free. */
  get slotEnd(): number {
    return this.#used;
  }

  /** The slot of a ref, or 0. */
  slotOf(ref: SeriesRef): number {
    return this.#slots.slotOf(ref);
  }

  /** The slot of the series with these labels, or 0. */
  find(labels: Labels): number {
    const wanted = this.#wanted;
    wanted.length = labels.length;
    for (let i = 0; i < labels.length; i++) {
      const symbol = this.#symbols.find(labels[i] as string);
      if (symbol < 0) return 0;
      wanted[i] = symbol;
    }
    const { data } = this.#labels;
    const slot = this.#byLabels.find(hashOfSymbols(wanted, 0, wanted.length), (candidate) => {
      if (this.#labelsCount[candidate] !== wanted.length) return false;
      const at = this.#labelsAt[candidate]!;
      for (let i = 0; i < wanted.length; i++) if (data[at + i] !== wanted[i]) return false;
      return true;
    });
    return slot < 0 ? 0 : slot;
  }

  /** How many series have the same label `job`; 0 where there is none. */
  sizeOfJob(labels: Labels): number {
    const job = this.#symbols.find(labelValue(labels, "job"));
    return this.#jobSizes.get(job) ?? 0;
  }

  /** Makes a series; its labels must be new. */
  add(labels: Labels, ref: SeriesRef = this.lastRef + 1): number {
    assert(ref > 0 && ref <= 0xffffffff, "series refs fit 32 bits");
    const slot = this.#free.pop() ?? this.#used++;
    if (slot >= this.#capacity) this.#grow();
    const at = this.#labels.allocate(labels.length);
    for (let i = 0; i < labels.length; i++) this.#labels.data[at + i] = this.#symbols.use(labels[i] as string);
    this.ref[slot] = ref;
    this.lastTime[slot] = Number.NEGATIVE_INFINITY;
    this.isPending[slot] = 0;
    this.#labelsAt[slot] = at;
    this.#labelsCount[slot] = labels.length;
    this.#byLabels.add(this.#hashOf(slot), slot);
    this.#slots.add(ref, slot);
    this.#countJob(slot, 1);
    this.lastRef = Math.max(this.lastRef, ref);
    this.size++;
    return slot;
  }

  labelsOf(slot: number): Labels {
    const at = this.#labelsAt[slot]!;
    const symbols = this.#labels.data.subarray(at, at + this.#labelsCount[slot]!);
    return labelsFromSorted(Array.from(symbols, (symbol) => this.#symbols.text(symbol)));
  }

  remove(slot: number): void {
    const ref = this.ref[slot]!;
    const at = this.#labelsAt[slot]!;
    const count = this.#labelsCount[slot]!;
    this.#byLabels.remove(this.#hashOf(slot), slot);
    this.#countJob(slot, -1);
    for (let i = 0; i < count; i++) this.#symbols.release(this.#labels.data[at + i]!);
    this.#labels.release(at, count);
    this.#slots.remove(ref);
    this.metadata.delete(ref);
    this.exemplars.delete(ref);
    this.ref[slot] = 0;
    this.#free.push(slot);
    this.size--;
  }

  #countJob(slot: number, change: number): void {
    const name = this.#symbols.find("job");
    const at = this.#labelsAt[slot]!;
    const { data } = this.#labels;
    for (let i = at; i < at + this.#labelsCount[slot]!; i += 2) {
      if (data[i] !== name) continue;
      const size = (this.#jobSizes.get(data[i + 1]!) ?? 0) + change;
      if (size === 0) this.#jobSizes.delete(data[i + 1]!);
      else this.#jobSizes.set(data[i + 1]!, size);
    }
  }

  #hashOf(slot: number): number {
    const at = this.#labelsAt[slot]!;
    return hashOfSymbols(this.#labels.data, at, at + this.#labelsCount[slot]!);
  }

  #grow(): void {
    this.#capacity = Math.ceil(this.#capacity * 1.5);
    const columns = this.#columns.resize(this.#capacity);
    this.ref = columns.uint32(this.ref);
    this.lastTime = columns.float64(this.lastTime);
    this.isPending = columns.uint8(this.isPending);
    this.#labelsAt = columns.uint32(this.#labelsAt);
    this.#labelsCount = columns.uint16(this.#labelsCount);
  }
}

function hashOfSymbols(symbols: ArrayLike<number>, start: number, end: number): number {
  let hash = end - start;
  for (let i = start; i < end; i++) hash = mixHash(hash, symbols[i]!);
  return hash;
}
