// The thread that owns a query goes through the series of a leaf, and lets assistants take some of them, once it shows that there
// is enough to do. Columns come out in the order of the series, whoever made them, so that results do not depend on assistants.
// Comes from: engine.ts. Goes to: the operators, through series.ts.
import type { SeriesSource } from "@narthex/model";
import type { Evaluation, LeafVisit, Selected, SeriesVisit, SeriesWalk } from "../evaluation.js";
import type { LeafPlan } from "../leaves.js";
import { SeriesReader, seriesWork } from "../series.js";
import {
  assistantsMax,
  batchState,
  cellOf,
  ParallelMemory,
  place,
  ringBatches,
  type StepCounting,
  slotKind,
  stateOf,
} from "./memory.js";

export type LeaderOptions = {
  readonly memory: SharedArrayBuffer;
  /** Called once, when help would shorten the query; assistants may come at any time after that, or not at all. */
  readonly onHelpWanted: () => void;
  /** Work before assistants are asked for, as of so many decoded samples: a small query is over sooner than they come. */
  readonly workBefore?: number;
};

const workBeforeDefault = 100_000;
/** As much of it must be left as this many times what was done before, as far as the series so far tell. */
const workLeftTimes = 3;
/** A step of the grid costs about half as much as a sample. */
const stepWork = 0.5;
/** Looks at a cell before waiting costs a call of the kernel. */
const looksMax = 500;
const waitMs = 20;
const waitWork = 10_000;

export class Leader implements SeriesWalk {
  readonly #memory: ParallelMemory;
  readonly #leaves: readonly LeafPlan[];
  readonly #options: LeaderOptions;
  readonly #query: number;
  #hasAsked = false;

  /** Begins a query in the memory. */
  constructor(leaves: readonly LeafPlan[], options: LeaderOptions & StepCounting) {
    this.#options = options;
    this.#leaves = leaves;
    this.#memory = new ParallelMemory(options.memory, options);
    const { numbers } = this.#memory;
    this.#query = Atomics.add(numbers, place.query, 1) + 1;
  }

  walk({ sources, querier }: Selected, visit: SeriesVisit, evaluation: Evaluation): void {
    const { leaf } = visit;
    const reader = new SeriesReader(visit, evaluation, querier);
    const number = leaf ? this.#leaves.indexOf(leaf.plan) : -1;
    const { workBefore = workBeforeDefault } = this.#options;
    const ownWork = seriesWork + stepWork * evaluation.grid.count;
    let work = 0;
    let at = 0;
    while (at < sources.length) {
      const left = (work / at) * (sources.length - at);
      if (number >= 0 && work > workBefore && left > workLeftTimes * workBefore) break;
      at += reader.readSome(sources, at);
      work = reader.samplesRead + at * ownWork;
    }
    if (at === sources.length) return;
    this.#walkTogether({ sources, first: at, number, leaf: leaf as LeafVisit }, reader, evaluation);
  }

  /** Assistants that are still there leave. */
  end(): void {
    const { numbers } = this.#memory;
    Atomics.store(numbers, place.ended, this.#query);
    if (this.#hasAsked) this.#tell(place.task);
  }

  #walkTogether(task: Task, reader: SeriesReader, evaluation: Evaluation): void {
    const { sources, first, leaf } = task;
    const batchSeries = this.#open(task, evaluation);
    if (batchSeries === 0) {
      for (let i = first; i < sources.length; i++) reader.read(sources[i] as SeriesSource);
      return;
    }
    try {
      const batches = Math.ceil((sources.length - first) / batchSeries);
      for (let batch = 0; batch < batches; batch++) {
        const from = first + batch * batchSeries;
        const end = Math.min(from + batchSeries, sources.length);
        const isMine = this.#claim(batch, reader);
        for (let i = from; i < end; i++) {
          const source = sources[i] as SeriesSource;
          const slot = (batch % ringBatches) * batchSeries + i - from;
          if (isMine || !this.#take(slot, source, { leaf, reader, evaluation })) reader.read(source);
        }
        this.#free(batch);
      }
    } finally {
      this.#close();
    }
  }

  /** Returns how many series a batch has; 0 where the columns are too long. */
  #open({ sources, first, number }: Task, { grid }: Evaluation): number {
    const { numbers, cells } = this.#memory;
    const room = this.#memory.batchRoom(grid.count);
    const batchSeries = Math.min(room, Math.max(1, Math.floor((sources.length - first) / (2 * ringBatches))));
    if (batchSeries === 0) return 0;
    numbers[place.leaf] = number;
    numbers[place.total] = sources.length;
    numbers[place.base] = first;
    numbers[place.batchSeries] = batchSeries;
    numbers[place.taken] = 0;
    this.#memory.grid = grid;
    for (let batch = 0; batch < ringBatches; batch++) Atomics.store(cells, batch, cellOf(batch, batchState.free));
    // Odd while a task is open.
    Atomics.add(numbers, place.task, 1);
    this.#tell(place.task);
    if (!this.#hasAsked) this.#options.onHelpWanted();
    this.#hasAsked = true;
    return batchSeries;
  }

  /** True when the batch is this thread's; false when an assistant has made it. */
  #claim(batch: number, reader: SeriesReader): boolean {
    const { cells, numbers } = this.#memory;
    const at = batch % ringBatches;
    const free = cellOf(batch, batchState.free);
    let cell = Atomics.compareExchange(cells, at, free, cellOf(batch, batchState.leaders));
    if (cell === free) return true;
    const busy = place.busy + stateOf(cell) - batchState.assistants;
    for (let looks = 0; stateOf(cell) !== batchState.made; looks++) {
      // An assistant says that the batch is made before it says that it is not busy; so it was lost.
      if (Atomics.load(numbers, busy) === 0 && Atomics.load(cells, at) === cell) return true;
      if (looks >= looksMax) {
        // Who waits for long must see that the query is to end.
        reader.work(waitWork);
        Atomics.wait(cells, at, cell, waitMs);
      }
      cell = Atomics.load(cells, at);
    }
    return false;
  }

  /** False when the assistant could not make it. */
  #take(slot: number, { labels }: SeriesSource, { leaf, reader, evaluation }: Taking): boolean {
    const { kinds, counts } = this.#memory;
    const kind = kinds[slot];
    if (kind === slotKind.refused) return false;
    const samples = counts[2 * slot] as number;
    reader.work(seriesWork);
    if (samples === 0) return true;
    evaluation.budget.read(samples);
    evaluation.budget.totalQueryableSamples += counts[2 * slot + 1] as number;
    if (evaluation.counts) this.#memory.addCounts(evaluation.counts, slot);
    if (kind === slotKind.empty) return true;
    leaf.column.restart(labels);
    this.#memory.fill(leaf.column, slot);
    leaf.taken(labels);
    return true;
  }

  /** The batch's place in the ring is for a later one. */
  #free(batch: number): void {
    const { numbers, cells } = this.#memory;
    Atomics.store(cells, batch % ringBatches, cellOf(batch + ringBatches, batchState.free));
    Atomics.store(numbers, place.taken, batch + 1);
    this.#tell(place.taken);
  }

  // What is said of a task must not be changed while an assistant still writes.
  #close(): void {
    const { numbers } = this.#memory;
    Atomics.add(numbers, place.task, 1);
    this.#tell(place.task);
    for (let assistant = 0; assistant < assistantsMax; assistant++) {
      while (Atomics.load(numbers, place.busy + assistant) !== 0)
        Atomics.wait(numbers, place.busy + assistant, 1, waitMs);
    }
  }

  #tell(index: number): void {
    if (this.#hasAsked) Atomics.notify(this.#memory.numbers, index);
  }
}

type Task = {
  readonly sources: readonly SeriesSource[];
  /** The first that is not evaluated yet. */
  readonly first: number;
  /** Of the leaf. */
  readonly number: number;
  readonly leaf: LeafVisit;
};

type Taking = { readonly leaf: LeafVisit; readonly reader: SeriesReader; readonly evaluation: Evaluation };
