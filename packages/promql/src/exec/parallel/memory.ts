// What the threads of one query share: which series are whose, and the columns that assistants have made. Only numbers, in one
// piece of shared memory that serves query after query. Comes from: whoever starts the threads. Goes to: leader.ts, assistant.ts.
//
// The leader opens a task (one leaf of the plan on one grid), cuts its series into batches, and takes these in order. A batch has
// a cell in a ring; who changes it from free to its own evaluates the batch. A cell names the batch it is for, so that none is
// taken twice.
import type { Column } from "../column.js";
import type { StepCounts } from "../step-counts.js";
import type { StepGrid } from "../step-grid.js";

/** Batches that may be at work or wait to be taken at a time. */
export const ringBatches = 16;
export const batchSeriesMax = 32;
export const threadsPerQueryMax = 8;
export const assistantsMax: number = threadsPerQueryMax - 1;
const slotsMax = ringBatches * batchSeriesMax;

/** Places of the numbers in front; each assistant has one of `busy`, 1 while it may write. */
export const place = {
  query: 0,
  ended: 1,
  task: 2,
  leaf: 3,
  total: 4,
  base: 5,
  batchSeries: 6,
  taken: 7,
  busy: 8,
} as const;

/** State of a batch, in the lowest bits of its cell; the batch's number is above. `assistants` and the assistant's number: it is at work. */
export const batchState = { free: 0, leaders: 1, made: 2, assistants: 3 } as const;
const stateBits = 4;

/** What a slot holds: nothing, since the series has no points; a column; or word that the leader must do it. */
export const slotKind = { empty: 0, column: 1, refused: 2 } as const;

const gridAt = 128;
const cellsAt = gridAt + 3 * 8 + 8;
const kindsAt = cellsAt + ringBatches * 4;
const countsAt = kindsAt + slotsMax * 4;
const dataAt = countsAt + slotsMax * 2 * 8;
/** A value, and what stands there. */
const bytesPerStep = 9;
/** Samples looked at, and read. */
const countBytesPerStep = 2 * 4;

/** With room for `slotsMax` columns of 480 steps; of longer ones, fewer are in work at a time. */
export const parallelMemoryBytes: number = dataAt + 2 * 1024 * 1024;

/** Whether samples are counted for each step of the query. */
export type StepCounting = { readonly countsSteps?: boolean };

export class ParallelMemory {
  readonly numbers: Int32Array;
  readonly cells: Int32Array;
  readonly kinds: Int32Array;
  /** For each slot: samples that were decoded, samples looked at. */
  readonly counts: Float64Array;
  readonly #grid: Float64Array;
  readonly #values: Float64Array;
  readonly #stepCounts: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #bytesPerStep: number;

  /** All threads of a query must know alike whether its steps are counted. */
  constructor(buffer: SharedArrayBuffer, { countsSteps = false }: StepCounting = {}) {
    this.#bytesPerStep = bytesPerStep + (countsSteps ? countBytesPerStep : 0);
    this.numbers = new Int32Array(buffer, 0, gridAt / 4);
    this.#grid = new Float64Array(buffer, gridAt, 3);
    this.cells = new Int32Array(buffer, cellsAt, ringBatches);
    this.kinds = new Int32Array(buffer, kindsAt, slotsMax);
    this.counts = new Float64Array(buffer, countsAt, 2 * slotsMax);
    this.#values = new Float64Array(buffer, dataAt);
    this.#stepCounts = new Uint32Array(buffer, dataAt);
    this.#bytes = new Uint8Array(buffer, dataAt);
  }

  /** Series of a batch for which there is room; 0 where columns are too long. */
  batchRoom(steps: number): number {
    const bytesPerSeries = ringBatches * this.#bytesPerStep * Math.max(1, steps);
    return Math.min(batchSeriesMax, Math.floor(this.#bytes.length / bytesPerSeries));
  }

  get grid(): StepGrid {
    return { start: this.#grid[0]!, step: this.#grid[1]!, count: this.#grid[2]! };
  }

  set grid({ start, step, count }: StepGrid) {
    this.#grid[0] = start;
    this.#grid[1] = step;
    this.#grid[2] = count;
  }

  /** REQUIRES: the column has no histograms. */
  put(slot: number, { v, present }: Column): void {
    const steps = v.length;
    const first = slot * steps;
    const marks = this.#marksOf(slot, steps);
    for (let i = 0; i < steps; i++) {
      this.#values[first + i] = v[i]!;
      this.#bytes[marks + i] = present[i]!;
    }
  }

  fill({ v, present }: Column, slot: number): void {
    const steps = v.length;
    const first = slot * steps;
    const marks = this.#marksOf(slot, steps);
    for (let i = 0; i < steps; i++) {
      v[i] = this.#values[first + i]!;
      present[i] = this.#bytes[marks + i]!;
    }
  }

  /** REQUIRES: the query's steps are counted. */
  putCounts(slot: number, { looked, read }: StepCounts): void {
    const steps = looked.length;
    const first = this.#countsOf(slot, steps);
    for (let i = 0; i < steps; i++) {
      this.#stepCounts[first + 2 * i] = looked[i]!;
      this.#stepCounts[first + 2 * i + 1] = read[i]!;
    }
  }

  /** REQUIRES: the query's steps are counted. */
  addCounts(counts: StepCounts, slot: number): void {
    const steps = counts.looked.length;
    const first = this.#countsOf(slot, steps);
    for (let i = 0; i < steps; i++) {
      counts.addStep(i, this.#stepCounts[first + 2 * i]!, this.#stepCounts[first + 2 * i + 1]!);
    }
  }

  // Behind all values come what stands at each step, then, from the end, the counts.
  #marksOf(slot: number, steps: number): number {
    return this.batchRoom(steps) * ringBatches * steps * 8 + slot * steps;
  }

  #countsOf(slot: number, steps: number): number {
    return this.#stepCounts.length - 2 * steps * (slot + 1);
  }
}

export function cellOf(batch: number, state: number): number {
  return (batch << stateBits) | state;
}

export function stateOf(cell: number): number {
  return cell & ((1 << stateBits) - 1);
}
