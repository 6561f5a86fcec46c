// Runs batches through the append kernel (kernel/append.ts): some 1,000 rows at a time are put into the head's memory, and
// rows that it hands back are done by plain code.
// Comes from: head/appender and head/replay. Goes to: columns and open chunks of the head.
import { type AppendColumns, appendOutcome, wordsOf } from "@narthex/model";
import { assert, ByteRangeError } from "@narthex/stdx";
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

export interface ReplayTarget extends AppendedTimes {
  /** What is older is passed over. */
  readonly minValidTime: number;
  readonly series: Pick<SeriesTable, "slotOf">;
  readonly appendFloat: (slot: number, t: number, high: number, low: number) => boolean;
}

/** Of a row in a record: two varints of ten bytes and the value. */
const rowBytesMax = 28;
/** Type, base ref, base time. */
const recordHeaderBytes = 17;

/** The signatures in kernel/append.ts. */
interface Functions {
  readonly beginRecord: () => void;
  readonly decode: (from: number, limit: number, end: number, minTime: number) => number;
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
  readonly #record: Uint8Array;
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
    this.#record = new Uint8Array(buffer, kernel.constant("recordAt"), kernel.constant("recordBytesMax"));
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
      let from = start;
      for (let i = take(0, end - start, minTime); ; i = take(i + 1, end - start, minTime)) {
        this.#keep(batch, columns, from);
        if (i >= end - start) break;
        takeRow(start + i);
        from = start + i + 1;
      }
    }
  }

  /** Of the columns' rows from `from` on. */
  #keep({ rows, slots }: SlottedRows, columns: AppendColumns, from: number): void {
    const count = this.#functions.takeKept();
    const at = rows.count;
    slots.set(this.#slots.subarray(0, count), at);
    rows.refs.set(this.#keptRefs.subarray(0, count), at);
    rows.t.set(this.#times.subarray(0, count), at);
    rows.words.set(this.#words.subarray(0, 2 * count), 2 * at);
    rows.count = at + count;
    if (columns.startTimes && rows.startTimes) copyStartTimes(rows, at, { ...columns, from });
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

  /**
   * Appends the samples of a log's record that are newer than what their series have; returns how many name no series. Throws
   * ByteRangeError where the record ends within a sample: of so many rows as the kernel keeps at once none is appended then.
   * REQUIRES: a record of samples without start times.
   */
  replay(record: Uint8Array, head: ReplayTarget): number {
    if (record.length <= 1) return 0;
    return this.#noteTimes(head, () => this.#decode(record, head) + this.#appendKept(head));
  }

  /** Appends rows that the kernel has kept of a log's record; returns how many name no series. */
  appendKept(head: ReplayTarget): number {
    return this.#noteTimes(head, () => this.#appendKept(head));
  }

  #noteTimes(head: ReplayTarget, append: () => number): number {
    this.#appendedTimes[0] = head.minTime;
    this.#appendedTimes[1] = head.maxTime;
    try {
      return append();
    } finally {
      this.#functions.takeKept();
      this.#functions.takeAppended();
      head.minTime = Math.min(head.minTime, this.#appendedTimes[0]!);
      head.maxTime = Math.max(head.maxTime, this.#appendedTimes[1]!);
    }
  }

  /** A part of the record at a time: the first has the header, and each of the others begins at a row. */
  #decode(record: Uint8Array, head: ReplayTarget): number {
    const { beginRecord, decode } = this.#functions;
    let unknown = 0;
    let start = 0;
    let at = recordHeaderBytes;
    for (;;) {
      const part = record.subarray(start, start + this.#record.length);
      this.#record.set(part);
      if (start === 0) beginRecord();
      const isLast = start + part.length === record.length;
      const limit = isLast ? part.length : part.length - rowBytesMax;
      let next = at - start;
      if (next > part.length) throw new ByteRangeError("unexpected end of data", at);
      while (next < limit) {
        next = decode(next, limit, part.length, head.minValidTime);
        if (next < 0) throw new ByteRangeError("unexpected end of data", at);
        at = start + next;
        // There were more rows than are kept.
        if (next < limit) unknown += this.#appendKept(head);
      }
      if (isLast) return unknown;
      start = at;
    }
  }

  /** Returns how many rows name no series. */
  #appendKept(head: ReplayTarget): number {
    const { append, takeKept } = this.#functions;
    const count = takeKept();
    let unknown = 0;
    for (let i = append(0, count); i < count; i = append(i + 1, count)) {
      const slot = this.#slots[i] || head.series.slotOf(this.#keptRefs[i]!);
      if (slot === 0) unknown++;
      else head.appendFloat(slot, this.#times[i]!, this.#words[2 * i + 1]!, this.#words[2 * i]!);
    }
    return unknown;
  }
}

/** Of rows from `at` on, which are some of the source's, in its order. */
function copyStartTimes(
  { refs, t, startTimes, count }: SampleRows,
  at: number,
  source: Pick<AppendColumns, "refs" | "t" | "startTimes"> & { readonly from: number },
): void {
  let i = source.from;
  for (let row = at; row < count; row++) {
    while (source.refs[i] !== refs[row] || source.t[i] !== t[row]) {
      i++;
      assert(i < source.refs.length, "the kernel keeps rows that it was given");
    }
    startTimes![row] = source.startTimes![i++]!;
  }
}
