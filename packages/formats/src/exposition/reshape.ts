// Rows of a text body → the rows that a scrape's options ask for: classic histograms as native ones with custom buckets,
// and OpenMetrics' `_created` lines as start times.
// Comes from: the text parsers, whose columns are read here. Goes to: the columns that the scrape reads.
//
// Prometheus: model/textparse/nhcbparse.go. Lines that follow one another and differ in `le` only are one histogram; a
// histogram that does not add up is left out.
import {
  type ClassicBucket,
  type ClassicHistogram,
  customHistogramFrom,
  dropLabels,
  type Histogram,
  type Labels,
  labelEntries,
  labelsKey,
  labelValue,
  type MetricType,
  metricNameLabel,
} from "@narthex/model";
import { encodeUtf8, parseFloatGo } from "@narthex/stdx";
import type { ExemplarRow, ExpositionColumns } from "./columns.js";
import type { ExpositionFormat } from "./format.js";
import { HistogramLine, type HistogramPart } from "./histogram-line.js";
import { metricNameFromKey } from "./labels.js";
import { KeyWriter, printPairs } from "./protobuf-keys.js";
import { appendRow, type RowOptions } from "./sink.js";

/** Whether a body of this format has to be parsed aside and reshaped. Protobuf's parser heeds the options by itself. */
export function needsReshaping(format: ExpositionFormat, options: RowOptions): boolean {
  if (format === "PrometheusProto") return false;
  if (options.classicHistograms === "convert" || options.classicHistograms === "both") return true;
  return options.readsCreated === true && format.startsWith("OpenMetrics");
}

/** Replaces the content of `into`. Throws ParseError for a label that is named twice. */
export function reshapeRows(from: ExpositionColumns, into: ExpositionColumns, options: RowOptions): void {
  new Reshaper(from, into, options).run();
}

/** Rows between two lines that tell a type. */
interface Family {
  readonly name: string;
  readonly type: MetricType;
  readonly end: number;
}

/** The lines of one classic histogram as far as they came. */
interface OpenHistogram {
  /** Labels that its lines have in common, and the same as the bytes of the first line, if those were read. */
  readonly key: string;
  readonly rest: Uint8Array | undefined;
  readonly name: string;
  /** Its labels as a line has them. */
  readonly pairs: string;
  readonly buckets: ClassicBucket[];
  count: number | undefined;
  sum: number | undefined;
  t: number;
  startTime: number | undefined;
  readonly exemplars: ExemplarRow[];
}

const typesWithStart: ReadonlySet<MetricType> = new Set(["counter", "summary", "histogram"]);
const noStarts: ReadonlyMap<string, number> = new Map();

class Reshaper {
  readonly #from: ExpositionColumns;
  readonly #into: ExpositionColumns;
  readonly #options: RowOptions;
  /** Keys of histograms, which no line of the body spells. */
  readonly #keys: KeyWriter = new KeyWriter();
  readonly #line: HistogramLine;
  readonly #madeRows: number[] = [];
  #metadata = 0;
  #exemplar = 0;
  #open: OpenHistogram | undefined;

  constructor(from: ExpositionColumns, into: ExpositionColumns, options: RowOptions) {
    this.#from = from;
    this.#into = into;
    this.#options = options;
    this.#line = new HistogramLine(from.keys);
  }

  run(): void {
    const { count, keys } = this.#from;
    this.#into.clear(keys);
    this.#into.metadata.hasQuoteEscapes = this.#from.metadata.hasQuoteEscapes;
    for (let row = 0; row < count; ) {
      const family = this.#familyAt(row);
      this.#reshape(row, family);
      this.#closeHistogram();
      row = family.end;
    }
    this.#copyMetadata(count);
    this.#appendKeys();
  }

  /** The family that the type before the row begins; up to where the next type is told. */
  #familyAt(row: number): Family {
    const { metadata, count } = this.#from;
    let family: Family = { name: "", type: "unknown", end: count };
    for (let i = this.#metadata; i < metadata.count; i++) {
      const line = this.#from.metadataAt(i);
      if (line.kind !== "type") continue;
      if (metadata.rows[i]! > row) return { ...family, end: metadata.rows[i]! };
      family = { name: line.name, type: line.text as MetricType, end: count };
    }
    return family;
  }

  #reshape(start: number, family: Family): void {
    const starts = this.#startsOf(start, family);
    const converts = family.type === "histogram" && (this.#options.classicHistograms ?? "keep") !== "keep";
    const name = encodeUtf8(family.name);
    for (let row = start; row < family.end; row++) {
      this.#copyMetadata(row);
      if (starts.size === 0 && !converts) this.#copyRow(row, undefined);
      else if (starts.size > 0 || !this.#collectBytes(row, { family, name }))
        this.#reshapeRow(row, { family, starts, converts });
      else if (this.#options.classicHistograms === "both") this.#copyRow(row, undefined);
    }
  }

  /** The whole way, by the row's labels. */
  #reshapeRow(row: number, { family, starts, converts }: RowContext): void {
    const labels = this.#from.labelsAt(row);
    const name = labelValue(labels, metricNameLabel);
    if (starts.size > 0 && name === `${family.name}_created`) return;
    const key = seriesKey(labels);
    const startTime = starts.get(key);
    const isTaken = converts && this.#collect(row, { family, labels, name, key, startTime });
    if (!isTaken || this.#options.classicHistograms === "both") this.#copyRow(row, startTime);
  }

  /** The short way, for a line whose bytes say enough. */
  #collectBytes(row: number, { family, name }: { readonly family: Family; readonly name: Uint8Array }): boolean {
    const { keyStart, keyEnd } = this.#from;
    const line = this.#line;
    if (!line.read(keyStart[row]!, keyEnd[row]!, name)) return false;
    if (this.#open?.rest === undefined || !line.isOf(this.#open.rest)) {
      const key = seriesKey(this.#from.labelsAt(row));
      if (this.#open?.key !== key) {
        this.#closeHistogram();
        const labels = this.#from.labelsAt(row);
        const rest = line.rest.slice(0, line.restLength);
        this.#open = openHistogram({ family, labels, name: "", key, startTime: undefined }, rest);
      }
    }
    this.#take(row, line.part, line.bound);
    return true;
  }

  /** When counting began, by the labels of the metric; from all `_created` lines of the family. */
  #startsOf(start: number, { name, type, end }: Family): ReadonlyMap<string, number> {
    if (!this.#options.readsCreated || !typesWithStart.has(type)) return noStarts;
    const from = this.#from;
    const starts = new Map<string, number>();
    const created = `${name}_created`;
    for (let row = start; row < end; row++) {
      if (metricNameFromKey(from.keys, from.keyStart[row]!, from.keyEnd[row]!) !== created) continue;
      starts.set(seriesKey(from.labelsAt(row)), Math.trunc(from.v[row]! * 1000));
    }
    return starts;
  }

  /** Whether the row is part of a classic histogram of the family; it is then taken into the open one. */
  #collect(row: number, part: HistogramRow): boolean {
    const { family, labels, name, key } = part;
    const suffix = name.startsWith(family.name) ? name.slice(family.name.length) : "";
    const bound = suffix === "_bucket" ? parseFloatGo(labelValue(labels, "le")) : undefined;
    const isPart = suffix === "_bucket" ? bound !== undefined && !Number.isNaN(bound) : isTotal(suffix);
    if (this.#open !== undefined && (!isPart || this.#open.key !== key)) this.#closeHistogram();
    if (!isPart) return false;
    this.#open ??= openHistogram(part, undefined);
    this.#take(row, suffix.slice(1) as HistogramPart, bound ?? NaN);
    return true;
  }

  #take(row: number, part: HistogramPart, bound: number): void {
    const open = this.#open as OpenHistogram;
    const v = this.#from.v[row]!;
    if (part === "bucket") open.buckets.push({ upperBound: bound, count: v });
    else open[part] = v;
    open.t = this.#from.t[row]!;
    open.exemplars.push(...this.#exemplarsOf(row));
  }

  #closeHistogram(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    const histogram = customHistogramIfSound(open);
    if (histogram === undefined) return;
    const { start, end } = this.#keys.key(open.name, open.pairs);
    const row = this.#append(start, end, open);
    this.#madeRows.push(row);
    this.#into.v[row] = histogram.sum;
    this.#into.histograms.push({ row, histogram });
    for (const exemplar of open.exemplars) this.#into.exemplars.push({ ...exemplar, row });
  }

  #copyRow(row: number, startTime: number | undefined): void {
    const { keyStart, keyEnd, t, v } = this.#from;
    const copy = this.#append(keyStart[row]!, keyEnd[row]!, { t: t[row]!, startTime });
    this.#into.v[copy] = v[row]!;
    for (const exemplar of this.#exemplarsOf(row)) this.#into.exemplars.push({ ...exemplar, row: copy });
  }

  #append(start: number, end: number, { t, startTime }: Pick<OpenHistogram, "t" | "startTime">): number {
    const into = this.#into;
    const row = appendRow({ into, cache: undefined }, start, end, false);
    into.t[row] = t;
    if (!Number.isNaN(t)) into.hasTimestamps = true;
    if (startTime !== undefined) into.startTimes.set(row, startTime);
    return row;
  }

  /** Of rows that are asked for in ascending order; the row last asked for may be asked for again. */
  #exemplarsOf(row: number): ExemplarRow[] {
    const { exemplars } = this.#from;
    while (this.#exemplar < exemplars.length && exemplars[this.#exemplar]!.row < row) this.#exemplar++;
    const found: ExemplarRow[] = [];
    for (let i = this.#exemplar; exemplars[i]?.row === row; i++) found.push(exemplars[i]!);
    return found;
  }

  /** Metadata that stands before the row. */
  #copyMetadata(row: number): void {
    const { metadata } = this.#from;
    for (; this.#metadata < metadata.count && metadata.rows[this.#metadata]! <= row; this.#metadata++) {
      this.#closeHistogram();
      this.#into.metadata.copyLine(metadata, { line: this.#metadata, row: this.#into.count });
    }
  }

  /** Puts the made keys behind the body. */
  #appendKeys(): void {
    if (this.#madeRows.length === 0) return;
    const { keys: body } = this.#from;
    const made = this.#keys.bytes();
    const keys = new Uint8Array(body.length + made.length);
    keys.set(body);
    keys.set(made, body.length);
    this.#into.keys = keys;
    for (const row of this.#madeRows) {
      this.#into.keyStart[row]! += body.length;
      this.#into.keyEnd[row]! += body.length;
    }
  }
}

interface RowContext {
  readonly family: Family;
  readonly starts: ReadonlyMap<string, number>;
  readonly converts: boolean;
}

interface HistogramRow {
  readonly family: Family;
  readonly labels: Labels;
  readonly name: string;
  readonly key: string;
  readonly startTime: number | undefined;
}

function isTotal(suffix: string): boolean {
  return suffix === "_count" || suffix === "_sum";
}

const otherThanMetric: ReadonlySet<string> = new Set([metricNameLabel, "le", "quantile"]);

// What the series of one metric have in common.
function seriesKey(labels: Labels): string {
  return labelsKey(dropLabels(labels, otherThanMetric));
}

function openHistogram(row: HistogramRow, rest: Uint8Array | undefined): OpenHistogram {
  const { family, labels, key, startTime } = row;
  const pairs = printPairs([...labelEntries(dropLabels(labels, otherThanMetric))]);
  const values = { buckets: [], count: undefined, sum: undefined, t: NaN };
  return { key, rest, name: family.name, pairs, ...values, startTime, exemplars: [] };
}

/** Undefined for one that does not add up, as may be when it is read while it counts: Prometheus leaves it out in silence. */
export function customHistogramIfSound(classic: ClassicHistogram): Histogram | undefined {
  try {
    return customHistogramFrom(classic);
  } catch {
    return undefined;
  }
}
