// A thread that helps with another's query: it evaluates the same plan's leaves, for the batches of series that it gets hold of,
// and leaves the columns in the memory that both share. Whatever it cannot do it refuses, and the leader does it.
// Comes from: engine.ts.
import type { SeriesSource } from "@narthex/model";
import type { Column } from "../column.js";
import type { Evaluation, SeriesVisit, SeriesWalk } from "../evaluation.js";
import type { LeafPlan } from "../leaves.js";
import { SeriesReader } from "../series.js";
import type { StepCounts } from "../step-counts.js";
import type { StepGrid } from "../step-grid.js";
import { batchState, cellOf, ParallelMemory, place, ringBatches, type StepCounting, slotKind } from "./memory.js";

export type AssistantOptions = {
  readonly memory: SharedArrayBuffer;
  /** As the memory's leader had it when it asked for help. */
  readonly query: number;
  /** Its own among the query's assistants, from 0. */
  readonly assistant: number;
  readonly signal: { readonly aborted: boolean };
};

export type LeafTarget = {
  readonly put: (column: Column) => void;
  /** The series at hand wants what only the leader can do. */
  readonly refuse: () => void;
};

const waitMs = 20;

/** The query at work in the memory: `AssistantOptions.query`. */
export function queryInMemory(memory: SharedArrayBuffer): number {
  return Atomics.load(new ParallelMemory(memory).numbers, place.query);
}

/** Says, in a lost assistant's place, that it writes no more. */
export function releaseAssistant(memory: SharedArrayBuffer, assistant: number): void {
  const { numbers } = new ParallelMemory(memory);
  Atomics.store(numbers, place.busy + assistant, 0);
  Atomics.notify(numbers, place.busy + assistant);
}

export class Assistant implements LeafTarget {
  readonly #options: AssistantOptions;
  readonly #memory: ParallelMemory;
  /** The task that has no more for this thread; odd numbers are open tasks. */
  #finished = 0;
  #slot = 0;

  constructor(options: AssistantOptions & StepCounting) {
    this.#options = options;
    this.#memory = new ParallelMemory(options.memory, options);
  }

  get #isOver(): boolean {
    const { query, signal } = this.#options;
    const { numbers } = this.#memory;
    return (
      signal.aborted || Atomics.load(numbers, place.query) !== query || Atomics.load(numbers, place.ended) === query
    );
  }

  /** Helps until the query is over. */
  help(leaves: readonly LeafPlan[], run: (leaf: LeafPlan, grid: StepGrid, walk: SeriesWalk) => void): void {
    const { numbers } = this.#memory;
    while (!this.#isOver) {
      const task = Atomics.load(numbers, place.task);
      if (task % 2 === 0 || task === this.#finished) {
        Atomics.wait(numbers, place.task, task, waitMs);
        continue;
      }
      this.#finished = task;
      const leaf = leaves[numbers[place.leaf] as number];
      const { grid } = this.#memory;
      // What was read of a task that is over may be of two.
      if (leaf && this.#isOpen(task)) run(leaf, grid, this.#walkOf(task));
    }
  }

  put(column: Column): void {
    const { kinds } = this.#memory;
    if (column.h) this.refuse();
    if (kinds[this.#slot] === slotKind.refused) return;
    this.#memory.put(this.#slot, column);
    kinds[this.#slot] = slotKind.column;
  }

  refuse(): void {
    this.#memory.kinds[this.#slot] = slotKind.refused;
  }

  #isOpen(task: number): boolean {
    return Atomics.load(this.#memory.numbers, place.task) === task && !this.#isOver;
  }

  #walkOf(task: number): SeriesWalk {
    return {
      walk: ({ sources }, visit, evaluation) => {
        const work = new BatchWork(sources, visit, evaluation);
        while (this.#isOpen(task) && this.#step(task, work));
      },
    };
  }

  /** One batch, or a wait for one. False when there are no more. */
  #step(task: number, work: BatchWork): boolean {
    const { numbers } = this.#memory;
    const busy = place.busy + this.#options.assistant;
    const taken = Atomics.load(numbers, place.taken);
    // From here on the leader does not open another task.
    Atomics.store(numbers, busy, 1);
    try {
      if (!this.#isOpen(task) || numbers[place.total] !== work.sources.length) return false;
      const [base, batchSeries] = [numbers[place.base] as number, numbers[place.batchSeries] as number];
      const batches = Math.ceil((work.sources.length - base) / batchSeries);
      if (taken >= batches) return false;
      const batch = this.#claim(taken, batches);
      if (batch !== undefined) {
        this.#evaluate(batch, { base, batchSeries, work });
        return true;
      }
    } finally {
      Atomics.store(numbers, busy, 0);
      Atomics.notify(numbers, busy);
    }
    Atomics.wait(numbers, place.taken, taken, waitMs);
    return true;
  }

  // The leader is at batch `taken` and goes upwards. Even ones are left to it, so that it need not wait for each; when the odd ones
  // are done it is behind, and gets help from the far end.
  #claim(taken: number, batches: number): number | undefined {
    const end = Math.min(taken + ringBatches, batches);
    for (let batch = taken | 1; batch < end; batch += 2) if (this.#isClaimed(batch)) return batch;
    for (let batch = end - 1; batch > taken; batch--) if (this.#isClaimed(batch)) return batch;
    return undefined;
  }

  #isClaimed(batch: number): boolean {
    const free = cellOf(batch, batchState.free);
    const mine = cellOf(batch, batchState.assistants + this.#options.assistant);
    return Atomics.compareExchange(this.#memory.cells, batch % ringBatches, free, mine) === free;
  }

  #evaluate(batch: number, { base, batchSeries, work }: BatchPlace): void {
    const { cells, counts, kinds } = this.#memory;
    const at = batch % ringBatches;
    const from = base + batch * batchSeries;
    const end = Math.min(from + batchSeries, work.sources.length);
    for (let i = from; i < end; i++) {
      this.#slot = at * batchSeries + i - from;
      kinds[this.#slot] = slotKind.empty;
      const counted = work.read(i);
      if (!counted) {
        this.refuse();
        continue;
      }
      counts.set(counted, 2 * this.#slot);
      if (work.counts) this.#memory.putCounts(this.#slot, work.counts);
    }
    Atomics.store(cells, at, cellOf(batch, batchState.made));
    Atomics.notify(cells, at);
  }
}

type BatchPlace = { readonly base: number; readonly batchSeries: number; readonly work: BatchWork };

/** Evaluates series of a leaf, in any order. */
class BatchWork {
  readonly sources: readonly SeriesSource[];
  readonly #reader: SeriesReader;
  readonly #evaluation: Evaluation;
  readonly #counted = new Float64Array(2);

  constructor(sources: readonly SeriesSource[], visit: SeriesVisit, evaluation: Evaluation) {
    this.sources = sources;
    this.#reader = new SeriesReader(visit, evaluation);
    this.#evaluation = evaluation;
  }

  /** Of the series that was read last. */
  get counts(): StepCounts | undefined {
    return this.#evaluation.counts;
  }

  /** Samples decoded and samples looked at; undefined when it failed: the leader will find the same, and say it. */
  read(i: number): Float64Array | undefined {
    const { budget } = this.#evaluation;
    const before = budget.totalQueryableSamples;
    this.counts?.clear();
    try {
      this.#counted[0] = this.#reader.read(this.sources[i] as SeriesSource);
    } catch {
      return undefined;
    }
    this.#counted[1] = budget.totalQueryableSamples - before;
    return this.#counted;
  }
}
