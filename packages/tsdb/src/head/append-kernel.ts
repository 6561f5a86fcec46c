// Runs batches through the append kernel (kernel/append.ts): some 1,000 rows at a time are put into the head's memory, and
// rows that it hands back are done by plain code.
// Comes from: head/appender. Goes to: columns and open chunks of the head.
import { type AppendColumns, appendOutcome, wordsOf } from "@narthex/model";
import type { SampleRows } from "../wal/records.js";
import type { HeadMemory } from "./memory.js";
import type { SeriesTable } from "./series-table.js";

/** Float rows of a batch, and the slots they go to. */
export interface SlottedRows {
  readonly rows: SampleRows;
  slots: Uint32Array;
}

/** What the kernel needs of the head. */
export interface AppendedTimes {
  minTime: number;
  maxTime: number;
}

/** The signatures in kernel/append.ts. */
interface Functions {
  readonly setColumns: () => void;
  readonly take: (from: number, to: number, minTime: number) => number;
  readonly takeKept: () => number;
  readonly append: (from: number, to: number) => number;
  readonly takeAppended: () => number;
}

export class AppendKernel {
  readonly #rowsMax: number;
  readonly #functions: Functions;
  readonly #refs: Uint32Array;
  readonly #slots: Uint32Array;
  readonly #times: Float64Array;
  readonly #words: Uint32Array;
  readonly #keptRefs: Float64Array;
  /** Oldest and newest time of what was appended. */
  readonly #appendedTimes: Float64Array;

  constructor({ buffer, kernel }: HeadMemory, series: SeriesTable) {
    this.#rowsMax = kernel.constant("rowsMax");
    this.#functions = kernel.functions as unknown as Functions;
    this.#refs = new Uint32Array(buffer, kernel.constant("refsAt"), this.#rowsMax);
    this.#slots = new Uint32Array(buffer, kernel.constant("slotsAt"), this.#rowsMax);
    this.#times = new Float64Array(buffer, kernel.constant("timesAt"), this.#rowsMax);
    this.#words = new Uint32Array(buffer, kernel.constant("valuesAt"), 2 * this.#rowsMax);
    this.#keptRefs = new Float64Array(buffer, kernel.constant("keptRefsAt"), this.#rowsMax);
    this.#appendedTimes = new Float64Array(buffer, kernel.constant("appendedTimesAt"), 2);
    const columns = series.appendColumns();
    const addresses = new Uint32Array(buffer, kernel.constant("columnAddressesAt"), columns.length);
    addresses.set(columns.map(({ byteOffset }) => byteOffset));
    this.#functions.setColumns();
  }

  /**
   * Puts rows that are in order behind those of the batch, which has room for them; `takeRow` does each of the others
   * in its turn. All outcomes but those of `takeRow` are written here.
   */
  take(columns: AppendColumns, batch: SlottedRows, minTime: number, takeRow: (i: number) => void): void {
    const { take } = this.#functions;
    const words = wordsOf(columns.v);
    for (let start = 0; start < columns.count; start += this.#rowsMax) {
      const end = Math.min(columns.count, start + this.#rowsMax);
      this.#refs.set(columns.refs.subarray(start, end));
      this.#times.set(columns.t.subarray(start, end));
      this.#words.set(words.subarray(2 * start, 2 * end));
      columns.outcomes.fill(appendOutcome.appended, start, end);
      let i = take(0, end - start, minTime);
      while (i < end - start) {
        this.#keep(batch);
        takeRow(start + i);
        i = take(i + 1, end - start, minTime);
      }
      this.#keep(batch);
    }
  }

  #keep({ rows, slots }: SlottedRows): void {
    const count = this.#functions.takeKept();
    const at = rows.count;
    slots.set(this.#slots.subarray(0, count), at);
    rows.refs.set(this.#keptRefs.subarray(0, count), at);
    rows.t.set(this.#times.subarray(0, count), at);
    rows.words.set(this.#words.subarray(0, 2 * count), 2 * at);
    rows.count = at + count;
  }

  /** Appends all rows, with `appendRow` for those that begin a chunk; they are not pending any more. Returns how many the kernel appended. */
  append({ rows, slots }: SlottedRows, head: AppendedTimes, appendRow: (i: number) => void): number {
    const { append, takeAppended } = this.#functions;
    this.#appendedTimes[0] = head.minTime;
    this.#appendedTimes[1] = head.maxTime;
    for (let start = 0; start < rows.count; start += this.#rowsMax) {
      const end = Math.min(rows.count, start + this.#rowsMax);
      this.#slots.set(slots.subarray(start, end));
      this.#times.set(rows.t.subarray(start, end));
      this.#words.set(rows.words.subarray(2 * start, 2 * end));
      for (let i = append(0, end - start); i < end - start; i = append(i + 1, end - start)) appendRow(start + i);
    }
    head.minTime = Math.min(head.minTime, this.#appendedTimes[0]!);
    head.maxTime = Math.max(head.maxTime, this.#appendedTimes[1]!);
    return takeAppended();
  }
}
