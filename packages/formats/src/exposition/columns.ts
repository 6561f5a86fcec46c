// A parsed exposition, in columns. Comes from: the parsers. Goes to: scrape/append, which makes (ref, v, t) columns of it.
// Nothing here is allocated per sample: keys are byte ranges, and texts are decoded when somebody asks.
import type { Histogram, Labels, MetricType } from "@narthex/model";
import { decodeUtf8, grown } from "@narthex/stdx";
import { KnownLines } from "./known-lines.js";
import { labelsFromExemplar, labelsFromKey, metricNameFromKey, unescapeHelp, unescapeQuoted } from "./labels.js";
import { LineLayouts } from "./line-layouts.js";
import { MetadataColumns, type MetadataLine, metadataKinds } from "./metadata-columns.js";
import { KeyWriter } from "./protobuf-keys.js";

/** Bytes of one body that a parser takes, unless told otherwise; offsets are 32 bits wide. */
export const expositionBytesMax: number = 1024 * 1024 * 1024;

/** Exemplars, as byte ranges; `t` is NaN where the source gave none. */
export interface ExemplarRow {
  readonly row: number;
  readonly labelsStart: number;
  readonly labelsEnd: number;
  readonly v: number;
  readonly t: number;
}

export interface HistogramRow {
  readonly row: number;
  readonly histogram: Histogram;
}

/**
 * Rows 0 … count - 1 are the samples of the body parsed last, in its order. Reused from scrape to scrape, by any target:
 * whatever is to outlive the next parse has to be copied.
 */
export class ExpositionColumns {
  count = 0;
  /** What the offsets point into: the body itself, or for protobuf the same names and labels written out as text. */
  keys: Uint8Array = new Uint8Array(0);
  keyStart: Uint32Array = new Uint32Array(1024);
  keyEnd: Uint32Array = new Uint32Array(1024);
  /** The SeriesCache's slot for the row's key, when one was given. */
  slots: Uint32Array = new Uint32Array(1024);
  v: Float64Array = new Float64Array(1024);
  /** Milliseconds since 1970; NaN where the line has no timestamp. */
  t: Float64Array = new Float64Array(1024);
  /** Whether any row has a timestamp of its own. */
  hasTimestamps = false;
  /** Rows whose key the SeriesCache had not seen before, ascending. */
  readonly newRows: number[] = [];
  readonly metadata: MetadataColumns = new MetadataColumns();
  readonly exemplars: ExemplarRow[] = [];
  /** Native histograms, ascending in row; their `v` is the sum. From protobuf, or made of classic ones. */
  readonly histograms: HistogramRow[] = [];
  /** Start timestamps in ms by row: from protobuf, and from OpenMetrics' `…_created` rows where `readsCreated` is set. */
  readonly startTimes: Map<number, number> = new Map();
  /** What the caches of all bodies that are read into these columns share. */
  readonly lineLayouts: LineLayouts = new LineLayouts();
  readonly bytesMax: number;
  #knownLines: KnownLines | undefined;
  #isKnownStarted = false;
  #aside: ExpositionColumns | undefined;
  #keyWriter: KeyWriter | undefined;

  constructor(options: { readonly bytesMax?: number } = {}) {
    this.bytesMax = options.bytesMax ?? expositionBytesMax;
  }

  /** What reads lines that came before; made for the first scan with a cache. */
  get knownLines(): KnownLines | undefined {
    if (!this.#isKnownStarted) this.#knownLines = KnownLines.start();
    this.#isKnownStarted = true;
    return this.#knownLines;
  }

  /** What writes the keys of protobuf bodies; it is cleared with the columns. */
  get keyWriter(): KeyWriter {
    this.#keyWriter ??= new KeyWriter();
    return this.#keyWriter;
  }

  /** Columns for a body whose rows have to be reshaped before they come here. */
  get aside(): ExpositionColumns {
    this.#aside ??= new ExpositionColumns({ bytesMax: this.bytesMax });
    return this.#aside;
  }

  clear(keys: Uint8Array): void {
    this.count = 0;
    this.keys = keys;
    this.hasTimestamps = false;
    this.newRows.length = 0;
    this.metadata.count = 0;
    this.exemplars.length = 0;
    this.histograms.length = 0;
    this.startTimes.clear();
    this.#keyWriter?.clear();
  }

  /** Makes room for more rows. */
  reserve(rows: number): void {
    if (this.count + rows <= this.keyStart.length) return;
    const size = Math.max(this.count + rows, this.keyStart.length * 2);
    this.keyStart = grown(this.keyStart, size);
    this.keyEnd = grown(this.keyEnd, size);
    this.slots = grown(this.slots, size);
    this.v = grown(this.v, size);
    this.t = grown(this.t, size);
  }

  /** Label set of a row, built anew. Throws ParseError for a label named twice. */
  labelsAt(row: number): Labels {
    return labelsFromKey(this.keys, this.keyStart[row]!, { end: this.keyEnd[row]!, type: this.typeAt(row) });
  }

  /** As `labelsAt`, with labels whose value is empty, which are no labels of a series. */
  labelsWithEmptyAt(row: number): Labels {
    const key = { end: this.keyEnd[row]!, type: this.typeAt(row), keepsEmpty: true };
    return labelsFromKey(this.keys, this.keyStart[row]!, key);
  }

  exemplarLabels(exemplar: ExemplarRow): Labels {
    return labelsFromExemplar(this.keys, exemplar.labelsStart, exemplar.labelsEnd);
  }

  metadataAt(i: number): MetadataLine {
    const { kinds, nameStart, nameEnd, textStart, textEnd } = this.metadata;
    const kind = metadataKinds[kinds[i]!]!;
    const text = decodeUtf8(this.keys, textStart[i]!, textEnd[i]!);
    const name = unescapeQuoted(decodeUtf8(this.keys, nameStart[i]!, nameEnd[i]!));
    if (kind === "unit") return { kind, name, text };
    if (kind === "type") return { kind, name, text: normalizeType(text) };
    return { kind, name, text: this.metadata.hasQuoteEscapes ? unescapeQuoted(text) : unescapeHelp(text) };
  }

  /** The type declared last before the row, whose family the row need not belong to: as Prometheus reads `le`. */
  typeAt(row: number): MetricType {
    const { rows, kinds, textStart, textEnd } = this.metadata;
    for (let i = this.#metadataBefore(row); i >= 0; i--) {
      if (rows[i]! <= row && metadataKinds[kinds[i]!] === "type") {
        return normalizeType(decodeUtf8(this.keys, textStart[i]!, textEnd[i]!)) as MetricType;
      }
    }
    return "unknown";
  }

  /**
   * Type and unit of the family that the row belongs to by its name, "unknown" and "" where they are not told; and what the name has
   * behind the family's.
   */
  familyAt(row: number): { readonly type: MetricType; readonly unit: string; readonly suffix: string } {
    const metric = metricNameFromKey(this.keys, this.keyStart[row]!, this.keyEnd[row]!);
    let type: MetricType = "unknown";
    let unit = "";
    let family: string | undefined;
    for (let i = this.#metadataBefore(row); i >= 0; i--) {
      const line = this.metadataAt(i);
      family ??= line.name;
      if (line.name !== family || !isOfFamily(metric, family)) break;
      if (line.kind === "type") type = line.text as MetricType;
      else if (line.kind === "unit") unit = line.text;
    }
    return { type, unit, suffix: family !== undefined && metric.startsWith(family) ? metric.slice(family.length) : "" };
  }

  // The last metadata line at or before `row`.
  #metadataBefore(row: number): number {
    let low = 0;
    let high = this.metadata.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.metadata.rows[middle]! <= row) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

const seriesSuffixes = ["_total", "_bucket", "_count", "_sum", "_created", "_info", "_gcount", "_gsum"];

function isOfFamily(metric: string, family: string): boolean {
  if (!metric.startsWith(family)) return false;
  const suffix = metric.slice(family.length);
  return suffix === "" || seriesSuffixes.includes(suffix);
}

function normalizeType(text: string): string {
  return text === "untyped" ? "unknown" : text;
}
