// One series of a result over the steps of a query: the unit that operators pass on.
import type { Histogram, Labels } from "@narthex/model";
import { takeRoom } from "./column-room.js";

/** What stands at a step, in `Column.present`. */
export const absent = 0;
export const isFloat = 1;
export const isHistogram = 2;

/** Arrays of so few rows V8 keeps within themselves; of more, two share a buffer, which costs more than an array to make. */
const smallStepsMax = 8;
const bytesPerStep = Float64Array.BYTES_PER_ELEMENT + 1;

/** Arrays for a column that somebody else made. */
export type ColumnPlace = { readonly v: Float64Array; readonly present: Uint8Array; readonly at: number };

/**
 * Row i is step i. `present[i]` says whether there is nothing, a float in `v[i]` or a histogram in `h[i]`.
 *
 * Ownership: an operator hands its column to a sink and may reuse it once the sink returns. The sink may change it;
 * it copies what it keeps.
 */
export class Column {
  labels: Labels;
  /** The metric name goes at the end of the query; only with delayed name removal. */
  dropsName = false;
  readonly v: Float64Array;
  readonly present: Uint8Array;
  /** Undefined while there is no histogram; else holes stand for floats. */
  h: (Histogram | undefined)[] | undefined;
  /** Where it stands in the memory of a kernel: values, and behind them what stands at each step. 0 elsewhere. */
  readonly at: number;

  constructor(labels: Labels, steps: number, place?: ColumnPlace) {
    this.labels = labels;
    this.at = place ? place.at : 0;
    if (place) {
      this.v = place.v;
      this.present = place.present;
      return;
    }
    if (steps <= smallStepsMax) {
      this.v = new Float64Array(steps);
      this.present = new Uint8Array(steps);
      return;
    }
    const { buffer, at } = takeRoom(bytesPerStep * steps);
    this.v = new Float64Array(buffer, at, steps);
    this.present = new Uint8Array(buffer, at + Float64Array.BYTES_PER_ELEMENT * steps, steps);
  }

  /** Makes the column empty, for another series. */
  restart(labels: Labels, dropsName = false): void {
    this.labels = labels;
    this.dropsName = dropsName;
    this.present.fill(absent);
    this.h = undefined;
  }

  setFloat(i: number, value: number): void {
    this.v[i] = value;
    this.present[i] = isFloat;
  }

  setHistogram(i: number, histogram: Histogram): void {
    this.h ??= [];
    this.h[i] = histogram;
    this.present[i] = isHistogram;
  }

  /** REQUIRES: `present[i]` is `isHistogram`. */
  histogramAt(i: number): Histogram {
    return (this.h as Histogram[])[i] as Histogram;
  }

  isEmpty(): boolean {
    return this.present.indexOf(isFloat) < 0 && this.present.indexOf(isHistogram) < 0;
  }

  pointCount(): number {
    let count = 0;
    for (let i = 0; i < this.present.length; i++) if (this.present[i] !== absent) count++;
    return count;
  }

  copy(): Column {
    const column = new Column(this.labels, this.v.length);
    column.assign(this);
    return column;
  }

  /** Takes over all of `source`, whose steps are as many. */
  assign(source: Column): void {
    this.labels = source.labels;
    this.dropsName = source.dropsName;
    this.v.set(source.v);
    this.present.set(source.present);
    this.h = source.h?.slice();
  }

  /** Takes over what stands at step `from` of `source`. */
  copyPoint(i: number, source: Column, from: number = i): void {
    const kind = source.present[from] as number;
    this.present[i] = kind;
    if (kind === isFloat) this.v[i] = source.v[from] as number;
    else if (kind === isHistogram) this.setHistogram(i, source.histogramAt(from));
  }
}

export type ColumnSink = (column: Column) => void;
