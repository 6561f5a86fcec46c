// Several stores, one answer: series are joined by their labels, samples by their time, without duplicates.
import {
  compareLabels,
  type LabelQuery,
  type Labels,
  labelsKey,
  type Querier,
  SampleColumns,
  type Selection,
  type SeriesRows,
  type SeriesSource,
} from "@narthex/model";
import { compareUtf8 } from "@narthex/stdx";
import { placeOf, type RunPlace, type RunSource, readMany } from "./many.js";
import { appendRows, copyRow } from "./rows.js";

/** What joins the answers of several stores into one; `scratch` is for the reads of the joined series. */
type JoinSeries = (answers: readonly SeriesSource[][], scratch: SampleColumns) => SeriesSource[];

/** Over queriers of stores in order of time; where two hold a sample of the same time the earlier one wins. */
export class MergedQuerier implements Querier {
  readonly #queriers: readonly Querier[];
  readonly #join: JoinSeries;

  private constructor(queriers: readonly Querier[], join: JoinSeries) {
    this.#queriers = queriers;
    this.#join = join;
  }

  static of(queriers: readonly Querier[]): Querier {
    return queriers.length === 1 ? (queriers[0] as Querier) : new MergedQuerier(queriers, joinByKey);
  }

  /** REQUIRES: each of them gives series in order of labels, asked to or not; so does the result. */
  static ofOrdered(queriers: readonly Querier[]): Querier {
    return queriers.length === 1 ? (queriers[0] as Querier) : new MergedQuerier(queriers, joinInOrder);
  }

  select(selection: Selection): SeriesSource[] {
    const answers = this.#queriers.map((querier) => querier.select(selection)).filter((answer) => answer.length > 0);
    if (answers.length <= 1) return answers[0] ?? [];
    const merged = this.#join(answers, new SampleColumns());
    if (selection.sorted && this.#join !== joinInOrder) merged.sort((a, b) => compareLabels(a.labels, b.labels));
    return selection.limit ? merged.slice(0, selection.limit) : merged;
  }

  readMany(sources: readonly SeriesSource[], first: number, rows: SeriesRows): number {
    return readMany(sources, first, rows);
  }

  labelNames(query: LabelQuery): string[] {
    return mergedTexts(
      this.#queriers.map((querier) => querier.labelNames(query)),
      query.limit,
    );
  }

  labelValues(name: string, query: LabelQuery): string[] {
    return mergedTexts(
      this.#queriers.map((querier) => querier.labelValues(name, query)),
      query.limit,
    );
  }

  close(): void {
    for (const querier of this.#queriers) querier.close();
  }
}

function mergedTexts(lists: readonly string[][], limit: number | undefined): string[] {
  const only = lists.length === 1 ? lists[0] : undefined;
  const texts = only ?? [...new Set(lists.flat())].sort(compareUtf8);
  return limit ? texts.slice(0, limit) : texts;
}

function joinByKey([first = [], ...others]: readonly SeriesSource[][], scratch: SampleColumns): SeriesSource[] {
  const series = first.map((source) => [source]);
  const byLabels = new Map(series.map((parts) => [(parts[0] as SeriesSource).labels, parts]));
  // Most series have shared labels since the last query.
  let byKey: Map<string, SeriesSource[]> | undefined;
  for (const source of others.flat()) {
    let parts = byLabels.get(source.labels);
    if (!parts) {
      byKey ??= new Map(series.map((known) => [labelsKey((known[0] as SeriesSource).labels), known]));
      const key = labelsKey(source.labels);
      parts = byKey.get(key);
      if (!parts) {
        parts = [];
        series.push(parts);
        byLabels.set(source.labels, parts);
        byKey.set(key, parts);
      }
    }
    parts.push(source);
  }
  return series.map((parts) => joined(parts, scratch));
}

function joinInOrder(answers: readonly SeriesSource[][], scratch: SampleColumns): SeriesSource[] {
  const out: SeriesSource[] = [];
  const next = answers.map(() => 0);
  for (;;) {
    const parts = sharedSeries(answers, next) ?? leastSeries(answers, next);
    if (parts.length === 0) return out;
    out.push(joined(parts, scratch));
  }
}

/** The next series of every answer, where they are known to be the same one; steps over it. */
function sharedSeries(answers: readonly SeriesSource[][], next: number[]): SeriesSource[] | undefined {
  const labels = answers[0]?.[next[0] as number]?.labels;
  if (!labels) return undefined;
  for (let i = 1; i < answers.length; i++) {
    if (answers[i]?.[next[i] as number]?.labels !== labels) return undefined;
  }
  // A copy, since it has the right size at once: an array that grows takes room for seventeen.
  const parts: (SeriesSource | readonly SeriesSource[])[] = answers.slice();
  for (let i = 0; i < answers.length; i++) parts[i] = (answers[i] as SeriesSource[])[next[i]!++] as SeriesSource;
  // All of them were replaced.
  return parts as SeriesSource[];
}

/** The series that comes first of those at `next`, from every answer that has it; steps over it. */
function leastSeries(answers: readonly SeriesSource[][], next: number[]): SeriesSource[] {
  let parts: SeriesSource[] = [];
  let holders: number[] = [];
  for (let i = 0; i < answers.length; i++) {
    const source = answers[i]?.[next[i] as number];
    if (!source) continue;
    const order = parts.length === 0 ? -1 : compareLabels(source.labels, (parts[0] as SeriesSource).labels);
    if (order > 0) continue;
    if (order < 0) {
      parts = [];
      holders = [];
    }
    parts.push(source);
    holders.push(i);
  }
  for (const holder of holders) next[holder]!++;
  return parts;
}

function joined(parts: readonly SeriesSource[], scratch: SampleColumns): SeriesSource {
  const first = parts[0] as SeriesSource;
  if (parts.length === 1) return first;
  for (let i = 1; i < parts.length; i++) {
    const part = parts[i] as SeriesSource | SharingSource;
    if (part.labels !== first.labels && "shareLabels" in part) part.shareLabels(first.labels);
  }
  return new MergedSeries(parts, scratch);
}

/** A source that can add to what is there. */
export interface AppendingSource extends SeriesSource {
  /** Appends the samples as `read` gives them; false, with the columns as they were, unless all come after those that are there. */
  append(columns: SampleColumns): boolean;
}

/** A series that is kept from query to query. */
export interface SharingSource extends SeriesSource {
  /** Takes an equal array of labels for its own: then the next query need not compare them, and memory is won. */
  shareLabels(labels: Labels): void;
}

class MergedSeries implements RunSource {
  readonly labels: Labels;
  readonly #parts: readonly SeriesSource[];
  /** Shared by all series of a select: reads do not overlap. */
  readonly #scratch: SampleColumns;

  constructor(parts: readonly SeriesSource[], scratch: SampleColumns) {
    this.labels = (parts[0] as SeriesSource).labels;
    this.#parts = parts;
    this.#scratch = scratch;
  }

  get place(): RunPlace | undefined {
    return placeOf(this.#parts[0] as SeriesSource);
  }

  addToRun(after: number): number {
    const pages = this.place?.pages;
    let last = after;
    for (let i = 0; i < this.#parts.length; i++) {
      const part = this.#parts[i] as SeriesSource | RunSource;
      if (!("addToRun" in part) || part.place?.pages !== pages) return Number.NaN;
      last = part.addToRun(last);
      if (Number.isNaN(last)) return last;
    }
    return last;
  }

  read(columns: SampleColumns): void {
    (this.#parts[0] as SeriesSource).read(columns);
    for (let i = 1; i < this.#parts.length; i++) {
      const part = this.#parts[i] as SeriesSource | AppendingSource;
      if ("append" in part && part.append(columns)) continue;
      part.read(this.#scratch);
      joinRows(columns, this.#scratch);
    }
  }
}

/**
 * Adds what `decode` appends to the columns it is given, whose first time is `minTime` or later: in place where that is
 * behind all rows, else row by row.
 */
export function mergeRows(columns: SampleColumns, minTime: number, decode: (rows: SampleColumns) => void): void {
  if (columns.count === 0 || minTime > columns.t[columns.count - 1]!) {
    decode(columns);
    return;
  }
  const rows = new SampleColumns();
  decode(rows);
  joinRows(columns, rows);
}

/** Adds rows to rows, in order of time; of two with one time that of `columns` stays. */
export function joinRows(columns: SampleColumns, rows: SampleColumns): void {
  if (rows.count === 0) return;
  if (columns.count === 0 || rows.t[0]! > columns.t[columns.count - 1]!) {
    appendRows(columns, rows);
    return;
  }
  const before = new SampleColumns(columns.count);
  for (let i = 0; i < columns.count; i++) copyRow(columns, i, before);
  columns.clear();
  let i = 0;
  let j = 0;
  while (i < before.count || j < rows.count) {
    const t = i < before.count ? before.t[i]! : Number.POSITIVE_INFINITY;
    const other = j < rows.count ? rows.t[j]! : Number.POSITIVE_INFINITY;
    if (t <= other) copyRow(before, i++, columns);
    else copyRow(rows, j, columns);
    if (other <= t) j++;
  }
}
