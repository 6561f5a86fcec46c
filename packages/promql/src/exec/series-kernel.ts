// The memory of the kernel that works on columns, and its functions. Samples are decoded into it, columns and groups of one query
// stand in it as far as there is room; what stands elsewhere is worked on by the plain code.
// Comes from: engine.ts, one for each engine. Goes to: series.ts, select.ts, window.ts, range/, aggregate/.
import { emptyLabels, SampleColumns, type SeriesRows, wordsOf } from "@narthex/model";
import { type Kernel, startKernel } from "@narthex/stdx";
import { columnsWasm } from "../kernel/columns.wasm.js";
import { Column } from "./column.js";
import type { StepGrid } from "./step-grid.js";

/** What the kernel's own constants take of its memory. */
const kernelPages = 39;
/** For columns and groups of a query: 4 MiB, 1,000 groups of 240 steps. Pages that are not touched take no memory. */
const sparePages = 64;

/** Of columns that are filled at once. */
const columnsBytesMax = 262_144;

/** Floats of one series, rows 0 … count - 1, and where the windows end: at first + i × step, each `windowMs` long. */
export type SeriesRequest = {
  readonly t: Float64Array;
  readonly v: Float64Array;
  readonly count: number;
  /** A value may be below the one before it. */
  readonly mayFall: boolean;
  /** All times are the same apart. */
  readonly isRegular: boolean;
  readonly first: number;
  readonly step: number;
  readonly windowMs: number;
};

/** The signatures in kernel/columns.ts. */
export type ColumnFunctions = {
  readonly rate: (isCounter: number, divisor: number) => void;
  readonly lastChange: (isRate: number) => void;
  readonly many: (series: number, call: number, number: number, factor: number) => void;
  readonly latest: () => number;
  readonly countOverTime: () => void;
  readonly transitions: (ofResets: number) => void;
  readonly extremes: (sign: number) => void;
  readonly sums: (isAverage: number) => number;
  readonly variances: (isDeviation: number) => void;
  readonly lines: (samples: number) => number;
  readonly linesOfAny: (isFromFirst: boolean, zero: number, zeroStep: number) => void;
  readonly quantiles: () => number;
  readonly addToSums: (sumsAt: number, restsAt: number, hasFloatAt: number) => void;
  readonly addToAverages: (sumsAt: number, restsAt: number, countsAt: number) => number;
  readonly addToCounts: (countsAt: number) => void;
  readonly addToExtremes: (bestAt: number, hasFloatAt: number, sign: number) => void;
};

/** Which function, what it takes, and where the windows end, as in `SeriesRequest`. */
export type ManyRequest = ManyCall & Pick<SeriesRequest, "first" | "step" | "windowMs">;

/** A function of kernel/columns/many.ts and its numbers. */
export type ManyCall = { readonly call: number; readonly number: number; readonly factor: number };

/** Steps begin … end - 1. */
export type StepRange = { readonly begin: number; readonly end: number };

/** Windows of the steps begin … end - 1 hold rows from … from + samples - 1, `shift` rows later with each step. */
export type RegularRun = StepRange & {
  readonly from: number;
  readonly samples: number;
  readonly shift: number;
};

/** Of a window's rows, and their sums: those of x and of its squares. */
export type Abscissas = { readonly x: Float64Array; readonly sumX: number; readonly sumX2: number };

/** Rows of times and values. */
export type Rows = { readonly t: Float64Array; readonly v: Float64Array };

export class SeriesKernel {
  readonly functions: ColumnFunctions;
  readonly #buffer: ArrayBuffer;
  readonly #samples: Rows;
  readonly #points: Rows;
  readonly #numbers: Int32Array;
  readonly #times: Float64Array;
  /** For `lines` and `quantiles`. */
  readonly #range: Int32Array;
  readonly #x: Float64Array;
  readonly #intercepts: Float64Array;
  /** Room for the samples of many series, where `samples` has those of one; borrowed by who evaluates them next. */
  readonly rows: SeriesRows;
  /** Of `evaluateMany`: at how many steps each series has something; -1 where it was not done. */
  readonly found: Int32Array;
  readonly #spareAt: number;
  #free: number;

  private constructor(kernel: Kernel) {
    const { buffer } = kernel;
    const rowsMax = kernel.constant("rowsMax");
    const rowsAt = (name: string): Float64Array => new Float64Array(buffer, kernel.constant(name), rowsMax);
    const requestAt = kernel.constant("requestAt");
    this.functions = kernel.functions as ColumnFunctions;
    this.#buffer = buffer;
    this.#samples = { t: rowsAt("timesAt"), v: rowsAt("valuesAt") };
    this.#points = { t: rowsAt("otherTimesAt"), v: rowsAt("otherValuesAt") };
    this.#numbers = new Int32Array(buffer, requestAt, requestNumbers);
    this.#times = new Float64Array(buffer, requestAt + requestNumbers * Int32Array.BYTES_PER_ELEMENT, 3);
    this.#range = new Int32Array(buffer, kernel.constant("rangeAt"), 4);
    this.#x = new Float64Array(buffer, kernel.constant("xAt"), kernel.constant("xMax"));
    this.#intercepts = new Float64Array(buffer, kernel.constant("interceptsAt"), kernel.constant("interceptsMax"));
    const seriesMax = kernel.constant("seriesMax");
    const ends = new Int32Array(buffer, kernel.constant("endsAt"), seriesMax);
    const notes = new Uint8Array(buffer, kernel.constant("notesAt"), seriesMax);
    this.rows = { t: this.#samples.t, words: wordsOf(this.#samples.v), ends, notes };
    this.found = new Int32Array(buffer, kernel.constant("foundAt"), seriesMax);
    this.#spareAt = kernel.constant("spareAt");
    this.#free = this.#spareAt;
  }

  /** Undefined where there is no WebAssembly with SIMD. */
  static start(): SeriesKernel | undefined {
    const kernel = startKernel(columnsWasm, kernelPages + sparePages);
    return kernel && new SeriesKernel(kernel);
  }

  /** Begins a query: what stood in the memory is gone. */
  restart(): void {
    this.#free = this.#spareAt;
  }

  /** To decode series into. All share one place: whoever reads a series makes a column of it before the next one is read. */
  samples(): SampleColumns {
    return SampleColumns.over(this.#samples.t, this.#samples.v);
  }

  /** Room for the points of a column that is to be looked at as samples: likewise one place. Elsewhere where there are too many. */
  points(count: number): Rows {
    const isRoom = count <= this.#points.t.length;
    return isRoom ? this.#points : { t: new Float64Array(count), v: new Float64Array(count) };
  }

  /** An empty column, until the query ends; elsewhere where there is no room. */
  column(steps: number): Column {
    const at = this.take(9 * steps);
    if (at === 0) return new Column(emptyLabels, steps);
    const v = new Float64Array(this.#buffer, at, steps);
    const present = new Uint8Array(this.#buffer, at + 8 * steps, steps);
    return new Column(emptyLabels, steps, { v, present, at });
  }

  /** Empty columns one behind the other, until the query ends, for as many series as are evaluated at once; undefined where there is no room. */
  columns(steps: number): Column[] | undefined {
    const stride = (9 * steps + 7) & ~7;
    const count = Math.min(this.found.length, Math.floor(columnsBytesMax / stride));
    const first = count === 0 ? 0 : this.take(count * stride);
    if (first === 0) return undefined;
    return Array.from({ length: count }, (_, i) => {
      const at = first + i * stride;
      const v = new Float64Array(this.#buffer, at, steps);
      const present = new Uint8Array(this.#buffer, at + 8 * steps, steps);
      return new Column(emptyLabels, steps, { v, present, at });
    });
  }

  /** Fills as many of `columns` from `rows`, by the functions' `many`. */
  evaluateMany(
    series: number,
    columns: readonly Column[],
    { call, number, factor, first, step, windowMs }: ManyRequest,
  ): void {
    this.requestColumn(columns[0] as Column);
    const numbers = this.#numbers;
    numbers[0] = this.#samples.t.byteOffset;
    numbers[1] = this.#samples.v.byteOffset;
    const times = this.#times;
    times[0] = first;
    times[1] = step;
    times[2] = windowMs;
    this.functions.many(series, call, number, factor);
  }

  /** Zeros, until the query ends; elsewhere where there is no room. */
  floats(count: number): Float64Array {
    const at = this.take(8 * count);
    return at === 0 ? new Float64Array(count) : new Float64Array(this.#buffer, at, count);
  }

  /** The address of so many zeros; 0 where there is no room. */
  take(bytes: number): number {
    const at = this.#free;
    const end = at + 8 * Math.ceil(bytes / 8);
    if (end > this.#buffer.byteLength) return 0;
    this.#free = end;
    new Uint8Array(this.#buffer, at, bytes).fill(0);
    return at;
  }

  holds({ buffer }: Float64Array): boolean {
    return buffer === this.#buffer;
  }

  /** Says what the next call of a function is about; false where not all of it is in the memory. */
  request(of: SeriesRequest, column: Column): boolean {
    const { t } = of;
    if (t !== this.#samples.t && t !== this.#points.t) return false;
    if (!this.requestColumn(column)) return false;
    const numbers = this.#numbers;
    numbers[0] = t.byteOffset;
    numbers[1] = of.v.byteOffset;
    numbers[2] = of.count;
    numbers[6] = of.mayFall ? 1 : 0;
    numbers[7] = of.isRegular ? 1 : 0;
    const times = this.#times;
    times[0] = of.first;
    times[1] = of.step;
    times[2] = of.windowMs;
    return true;
  }

  /**
   * Lines through the windows of a run, after `request`: slopes go to the column's values, intercepts are returned, borrowed until the
   * next call. Undefined, with anything in the column's values, where a sum is not finite or there is no room.
   */
  lines({ begin, end, from, samples, shift }: RegularRun, { x, sumX, sumX2 }: Abscissas): Float64Array | undefined {
    if (samples + 2 > this.#x.length || end > this.#intercepts.length) return undefined;
    this.#x.set(x);
    this.#x[samples] = sumX;
    this.#x[samples + 1] = sumX2;
    this.#range[0] = begin;
    this.#range[1] = end;
    this.#range[2] = from;
    this.#range[3] = shift;
    return this.functions.lines(samples) === 0 ? undefined : this.#intercepts;
  }

  /**
   * Lines through the windows of the steps begin … end - 1, as `lines`, whatever samples they hold; x in seconds from a window's first sample
   * on, or from the time of evaluation at its step. Undefined, with the column as it was, where there is no room.
   */
  linesOfAny({ begin, end }: StepRange, zero: "first" | Pick<StepGrid, "start" | "step">): Float64Array | undefined {
    if (end > this.#intercepts.length) return undefined;
    this.#range[0] = begin;
    this.#range[1] = end;
    if (zero === "first") this.functions.linesOfAny(true, 0, 0);
    else this.functions.linesOfAny(false, zero.start, zero.step);
    return this.#intercepts;
  }

  /** One quantile of the window at each step, after `request`; false, with steps left out, where there is no room. */
  quantiles(qs: Float64Array): boolean {
    if (qs.length > this.#intercepts.length) return false;
    this.#intercepts.set(qs);
    return this.functions.quantiles() !== 0;
  }

  /** As `request`, of a column alone. */
  requestColumn({ at, v }: Column): boolean {
    if (at === 0) return false;
    const numbers = this.#numbers;
    const steps = v.length;
    numbers[3] = at;
    numbers[4] = at + 8 * steps;
    numbers[5] = steps;
    return true;
  }
}

const requestNumbers = 8;
