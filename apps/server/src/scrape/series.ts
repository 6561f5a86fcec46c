// From a target's body to rows of the storage: known lines by their slot, new ones through labelling and limits.
// Comes from: scrape/fetch (body). Goes to: the appender of one batch, which scrape/loop commits or rolls back.
// The steady path (a body with the same lines as the last) allocates nothing per sample.
import { type ExpositionColumns, ParseError, type RowOptions, SeriesCache, scanUncommitted } from "@narthex/formats";
import {
  type Appender,
  type AppendOutcome,
  appendOutcome,
  type Histogram,
  type Labels,
  SeriesLimitError,
  type SeriesRef,
} from "@narthex/model";
import type { SampleRows } from "./columns.js";
import { type Fetched, ScrapeError } from "./fetch.js";
import { BucketLimitError, boundedHistogram, emptiedHistogram, type HistogramBounds } from "./histograms.js";
import { labelSample, ownLabels, relabelSample, type SampleLabelling } from "./sample-labels.js";
import { SlotFamilies } from "./slot-families.js";
import { SeriesSlots } from "./slots.js";
import { StartSynthesis } from "./start-synthesis.js";

/** Buffers that all targets share: appending is synchronous. */
export type ScrapeBuffers = { readonly columns: ExpositionColumns; readonly rows: SampleRows };

export type AppendCounts = {
  /** scrape_samples_scraped */
  scraped: number;
  /** scrape_samples_post_metric_relabeling */
  kept: number;
  /** scrape_series_added */
  added: number;
  outOfOrder: number;
  duplicates: number;
  outOfBounds: number;
  /** New series that the storage did not take, being full, and what it said of the last one. */
  refused: number;
  refusal: string;
};

export function emptyCounts(): AppendCounts {
  return { scraped: 0, kept: 0, added: 0, outOfOrder: 0, duplicates: 0, outOfBounds: 0, refused: 0, refusal: "" };
}

/** What a body's rows are taken as; the same for all scrapes of a loop. */
export type ReadOptions = {
  readonly rows: RowOptions;
  readonly bounds: HistogramBounds;
  readonly keepsExemplars: boolean;
  /** --enable-feature=created-timestamp-zero-ingestion: a zero is stored at the time when counting began. */
  readonly startsAtZero: boolean;
  /** --enable-feature=st-storage */
  readonly storesStartTimes: boolean;
  /** --enable-feature=st-synthesis: series that count up get a start time where the target tells none. */
  readonly synthesizesStarts: boolean;
};

export type AppendRequest = {
  readonly appender: Appender;
  /** Time of the scrape in ms: of all samples without a timestamp of their own. */
  readonly t: number;
  readonly labelling: SampleLabelling;
  readonly read: ReadOptions;
};

/** Prometheus: scrape.go, maxAheadTime. A sample that claims to be further ahead of its scrape is out of bounds. */
export const aheadMsMax: number = 10 * 60_000;

/** More samples than the job's sample_limit. */
export class SampleLimitError extends ScrapeError {}

/** Kept by relabelling, but not known to the storage: it is full, or would not take the sample, or the scrape is over its limit. */
const beyondLimit = -1;

export class TargetSeries {
  readonly #buffers: ScrapeBuffers;
  readonly #cache: SeriesCache;
  readonly #slots = new SeriesSlots();
  /** For features that go by what a body tells of its families; made when they are on. */
  #families: SlotFamilies | undefined;
  readonly #synthesis = new StartSynthesis();
  #scrape = 0;
  /** Slots that became known in the batch in work; live once it is committed. */
  readonly #fresh: number[] = [];
  /** Series may be known and not live: after a failed scrape, and after a body with timestamps of its own. */
  #mayRest = false;
  /** Whether each line of the last body was a sample of a series of its own. */
  #isPlain = false;
  /** Live series whose line is gone and whose stale marker is still to be committed. */
  readonly #vanished = new Set<SeriesRef>();

  /** `vanished`: live series of the state before, which get stale markers unless the next good body has them. */
  constructor(buffers: ScrapeBuffers, vanished: readonly SeriesRef[] = []) {
    this.#buffers = buffers;
    this.#cache = new SeriesCache(buffers.columns.lineLayouts);
    for (const ref of vanished) this.#vanished.add(ref);
  }

  /** Lines remembered. */
  get size(): number {
    return this.#cache.size;
  }

  /**
   * Appends the body's samples, and stale markers for series that vanished. Throws ParseError, ScrapeError:
   * the batch is then to be rolled back, and `appendAllStale` to be called on another. `counts` holds
   * what was counted so far even then.
   */
  append(fetched: Fetched, request: AppendRequest, counts: AppendCounts): void {
    this.#scrape++;
    this.#fresh.length = 0;
    if (fetched.body.length === 0) {
      // Prometheus: an empty body ends all series and forgets none.
      this.#buffers.columns.clear(fetched.body);
      this.appendAllStale(request.appender, request.t);
      return;
    }
    this.#scan(fetched, request, counts);
    this.#slots.reserve(this.#cache.slotsEnd);
    this.#takeFamilies(request);
    if (request.read.synthesizesStarts) this.#synthesizeStarts(request);
    try {
      if (this.#isPlain && this.#cache.isUnchanged && this.#hasPlainColumns(request)) {
        this.#collectPlainRows(request, counts);
      } else this.#collectRows(request, counts);
      checkSampleLimit(request, counts);
    } catch (error) {
      this.#forgetBody();
      throw error;
    }
    for (const slot of this.#cache.commit()) {
      const ref = this.#slots.release(slot);
      if (ref !== 0) this.#vanished.add(ref);
    }
    this.#send(request, counts);
    if (request.read.keepsExemplars) this.#appendExemplars(request.appender);
    this.#appendVanished(request);
  }

  /** To be called at once when the batch of `append` was committed. */
  settle(request: AppendRequest): void {
    const { columns } = this.#buffers;
    const slots = this.#slots;
    this.#vanished.clear();
    if (columns.count === 0) return;
    if (columns.hasTimestamps || this.#mayRest) {
      for (let row = 0; row < columns.count; row++) {
        const slot = columns.slots[row]!;
        if (slots.refs[slot] !== 0) slots.setLive(slot, this.#isTracked(row, request));
      }
    } else {
      for (const slot of this.#fresh) slots.setLive(slot, true);
    }
    this.#mayRest = columns.hasTimestamps;
  }

  /** Stale markers for every live series: after a failed scrape, and when the target is gone. */
  appendAllStale(appender: Appender, t: number): void {
    const { rows } = this.#buffers;
    rows.clear();
    for (const ref of this.takeLive()) rows.pushStale(ref, t);
    appender.append(rows);
  }

  /** All live series, which are live no more. */
  takeLive(): SeriesRef[] {
    const refs = [...this.#slots.takeLive(), ...this.#vanished];
    this.#vanished.clear();
    this.#mayRest = true;
    return refs;
  }

  /** Leaves the cache open: it keeps to the last good body until this one has proved good. */
  #scan(fetched: Fetched, request: AppendRequest, counts: AppendCounts): void {
    const { columns } = this.#buffers;
    try {
      scanUncommitted(fetched.body, fetched.format, { into: columns, cache: this.#cache, ...request.read.rows });
    } catch (error) {
      if (error instanceof ParseError) countGoodRows(columns, { error, labelling: request.labelling }, counts);
      throw error;
    }
  }

  /** What is told of a series' family may make another series of it, or one that counts otherwise. */
  #takeFamilies({ labelling, read }: AppendRequest): void {
    if (!labelling.addsTypeAndUnit && !read.synthesizesStarts) return;
    const { columns } = this.#buffers;
    this.#families ??= new SlotFamilies();
    for (const row of this.#families.update(columns, this.#cache.isUnchanged)) {
      const slot = columns.slots[row]!;
      this.#synthesis.forget(slot);
      if (!labelling.addsTypeAndUnit) continue;
      const ref = this.#slots.release(slot);
      if (ref !== 0) this.#vanished.add(ref);
      this.#isPlain = false;
    }
  }

  #synthesizeStarts(request: AppendRequest): void {
    const { columns } = this.#buffers;
    const families = this.#families!;
    this.#synthesis.apply(columns, {
      isCumulative: (slot) => families.isCumulative(slot),
      timeOf: (row) => (hasOwnTime(columns, row, request.labelling) ? columns.t[row]! : request.t),
    });
  }

  /** As if the body had not come, beside the series that it brought into the storage. */
  #forgetBody(): void {
    const { columns } = this.#buffers;
    for (const row of columns.newRows) this.#slots.release(columns.slots[row]!);
    this.#cache.rollback();
  }

  #hasPlainColumns({ read }: AppendRequest): boolean {
    const { hasTimestamps, histograms, startTimes } = this.#buffers.columns;
    const hasStarts = startTimes.size > 0 || read.storesStartTimes || read.synthesizesStarts;
    return !hasTimestamps && histograms.length === 0 && !hasStarts;
  }

  /** As `#collectRows`, where it has nothing to decide. */
  #collectPlainRows(request: AppendRequest, counts: AppendCounts): void {
    const { columns, rows } = this.#buffers;
    const { refs } = this.#slots;
    const { count, slots } = columns;
    rows.clear();
    rows.reserve(count);
    for (let row = 0; row < count; row++) {
      rows.refs[row] = refs[slots[row]!]!;
      rows.sourceRows[row] = row;
    }
    rows.t.fill(request.t, 0, count);
    rows.v.set(columns.v.subarray(0, count));
    rows.count = count;
    counts.scraped = counts.kept = count;
  }

  #collectRows(request: AppendRequest, counts: AppendCounts): void {
    const { columns, rows } = this.#buffers;
    const slots = this.#slots;
    const hasStarts = request.read.startsAtZero && columns.startTimes.size > 0;
    let bucketError: BucketLimitError | undefined;
    let next = 0;
    rows.clear();
    rows.reserve(columns.count);
    for (let row = 0; row < columns.count; row++) {
      const slot = columns.slots[row]!;
      const isTimed = columns.hasTimestamps && hasOwnTime(columns, row, request.labelling);
      const t = isTimed ? columns.t[row]! : request.t;
      const isAhead = isTimed && t > request.t + aheadMsMax;
      const isRefused = isAhead || (request.read.synthesizesStarts && this.#synthesis.isHeldBack(row));
      const ref = slots.refs[slot]! || this.#resolve(row, { request, counts, isRefused });
      const histogram = columns.histograms[next]?.row === row ? columns.histograms[next++]!.histogram : undefined;
      if (ref === 0) continue;
      counts.kept++;
      if (isAhead) counts.outOfBounds++;
      if (isRefused || ref === beyondLimit) continue;
      if (this.#isRepeated(slot) && !isTimed) counts.duplicates++;
      else if (histogram !== undefined) {
        bucketError = this.#appendHistogram({ row, ref, t, histogram }, request, counts) ?? bucketError;
      } else {
        if (hasStarts) this.#pushStart(row, { ref, t, appender: request.appender });
        rows.sourceRows[rows.count] = row;
        rows.push(ref, t, columns.v[row]!);
        if (request.read.storesStartTimes) rows.setStartTime(columns.startTimes.get(row) ?? 0);
      }
    }
    counts.scraped = columns.count;
    counts.added = this.#fresh.length;
    this.#isPlain = rows.count === columns.count && this.#hasPlainColumns(request);
    if (bucketError !== undefined) throw bucketError;
  }

  /** A zero before the row's sample, where counting began after the series' last one. */
  #pushStart(row: number, sample: { readonly ref: SeriesRef; readonly t: number; readonly appender: Appender }): void {
    const start = this.#buffers.columns.startTimes.get(row);
    const { ref, t, appender } = sample;
    if (start === undefined || start >= t || start <= appender.inOrderAfter(ref)) return;
    const { rows } = this.#buffers;
    rows.reserve(rows.count + 1);
    rows.sourceRows[rows.count] = row;
    rows.push(ref, start, 0);
  }

  /** Returns the error of a histogram with too many buckets: the samples after it are still counted. */
  #appendHistogram(
    sample: HistogramSample,
    request: AppendRequest,
    counts: AppendCounts,
  ): BucketLimitError | undefined {
    const { appender, read } = request;
    const { row, t } = sample;
    let bounded: Histogram;
    try {
      bounded = boundedHistogram(sample.histogram, read.bounds);
    } catch (error) {
      if (error instanceof BucketLimitError) return error;
      throw error;
    }
    const start = read.startsAtZero ? this.#buffers.columns.startTimes.get(row) : undefined;
    if (start !== undefined && start < t && start > appender.inOrderAfter(sample.ref)) {
      appender.appendHistogram(sample.ref, start, emptiedHistogram(bounded));
    }
    const time = { t, startTime: read.storesStartTimes ? (this.#buffers.columns.startTimes.get(row) ?? 0) : 0 };
    const outcome = appender.appendHistogram(sample.ref, time, bounded);
    if (outcome !== appendOutcome.unknownSeries) countRefusal(counts, outcome);
    else {
      const ref = this.#resolveAgain(row, request, counts);
      if (ref > 0) appender.appendHistogram(ref, time, bounded);
    }
    return undefined;
  }

  // Whether the series of the slot came before in this body; marks that it came.
  #isRepeated(slot: number): boolean {
    const { primary, seenAt } = this.#slots;
    const isRepeated = seenAt[primary[slot]!] === this.#scrape;
    seenAt[primary[slot]!] = this.#scrape;
    return isRepeated;
  }

  // The way of a line seen for the first time: labels, relabelling, limits, storage. 0 for a series that is dropped.
  #resolve(row: number, { request, counts, isRefused }: Resolution): number {
    const { columns } = this.#buffers;
    const slot = columns.slots[row]!;
    // Of a body that is refused for a label, what came up to there counts.
    counts.scraped = row + 1;
    if (this.#slots.isDropped(slot)) return 0;
    const labels = labelSample(ownLabels(columns, row, request.labelling), request.labelling);
    if (labels === undefined) {
      this.#slots.drop(slot);
      return 0;
    }
    const { sample_limit } = request.labelling.config;
    if (isRefused || (sample_limit > 0 && counts.kept >= sample_limit)) return beyondLimit;
    return this.#assign(slot, labels, { request, counts });
  }

  // A series that is refused is asked for again with every scrape, until there is room.
  #assign(
    slot: number,
    labels: Labels,
    { request, counts }: { readonly request: AppendRequest; readonly counts: AppendCounts },
  ): SeriesRef {
    let ref: SeriesRef;
    try {
      ref = request.appender.series(labels, request.labelling.config.head_series_max);
    } catch (error) {
      if (!(error instanceof SeriesLimitError)) throw error;
      counts.refused++;
      counts.refusal = error.message;
      return beyondLimit;
    }
    this.#slots.assign(slot, ref);
    this.#fresh.push(slot);
    return ref;
  }

  #send(request: AppendRequest, counts: AppendCounts): void {
    const { rows } = this.#buffers;
    if (request.appender.append(rows) === rows.count) return;
    const lost: number[] = [];
    for (let i = 0; i < rows.count; i++) {
      const outcome = rows.outcomes[i] as AppendOutcome;
      if (outcome === appendOutcome.unknownSeries) lost.push(rows.sourceRows[i]!);
      else countRefusal(counts, outcome);
    }
    if (lost.length > 0) this.#sendAgain(lost, request, counts);
  }

  // The storage drops series that had no samples for hours; their lines are resolved anew.
  #sendAgain(lost: readonly number[], request: AppendRequest, counts: AppendCounts): void {
    const { columns, rows } = this.#buffers;
    this.#isPlain = false;
    rows.clear();
    for (const row of lost) {
      const ref = this.#resolveAgain(row, request, counts);
      if (ref <= 0) continue;
      rows.push(ref, hasOwnTime(columns, row, request.labelling) ? columns.t[row]! : request.t, columns.v[row]!);
      if (request.read.storesStartTimes) rows.setStartTime(columns.startTimes.get(row) ?? 0);
    }
    request.appender.append(rows);
  }

  /** The series of a row that is counted already. */
  #resolveAgain(row: number, request: AppendRequest, counts: AppendCounts): number {
    this.#slots.release(this.#buffers.columns.slots[row]!);
    const { kept, scraped } = counts;
    counts.kept = 0;
    const ref = this.#resolve(row, { request, counts, isRefused: false });
    Object.assign(counts, { kept, scraped });
    return ref;
  }

  #appendExemplars(appender: Appender): void {
    const { columns } = this.#buffers;
    let next = 0;
    for (const exemplar of columns.exemplars) {
      while ((columns.histograms[next]?.row ?? Infinity) < exemplar.row) next++;
      const isTimed = !Number.isNaN(exemplar.t);
      // Without a time, those of a native histogram cannot be told from those of the scrape before.
      if (!isTimed && columns.histograms[next]?.row === exemplar.row) continue;
      const ref = this.#slots.refs[columns.slots[exemplar.row]!]!;
      if (ref === 0) continue;
      const t = isTimed ? exemplar.t : undefined;
      appender.appendExemplar(ref, { labels: columns.exemplarLabels(exemplar), v: exemplar.v, t });
    }
  }

  #appendVanished(request: AppendRequest): void {
    if (this.#vanished.size === 0) return;
    const { rows } = this.#buffers;
    rows.clear();
    // Another line of the body may spell the same series.
    for (const ref of this.#vanished) if (!this.#slots.hasSeries(ref)) rows.pushStale(ref, request.t);
    request.appender.append(rows);
  }

  // Series with timestamps of their own say themselves when they end.
  #isTracked(row: number, request: AppendRequest): boolean {
    const { labelling } = request;
    return !hasOwnTime(this.#buffers.columns, row, labelling) || labelling.config.track_timestamps_staleness;
  }
}

function hasOwnTime(columns: ExpositionColumns, row: number, { config }: SampleLabelling): boolean {
  return config.honor_timestamps && !Number.isNaN(columns.t[row]!);
}

type Resolution = {
  readonly request: AppendRequest;
  readonly counts: AppendCounts;
  /** The storage is not asked for the series, since it would not take its sample. */
  readonly isRefused: boolean;
};

function checkSampleLimit({ labelling }: AppendRequest, { kept }: AppendCounts): void {
  const { sample_limit } = labelling.config;
  if (sample_limit > 0 && kept > sample_limit) throw new SampleLimitError("sample limit exceeded");
}

type HistogramSample = {
  readonly row: number;
  readonly ref: SeriesRef;
  readonly t: number;
  readonly histogram: Histogram;
};

/** A body with a bad line is refused whole; its report still says how many samples came before that line. */
function countGoodRows(
  columns: ExpositionColumns,
  { error, labelling }: { readonly error: ParseError; readonly labelling: SampleLabelling },
  counts: AppendCounts,
): void {
  const end = lineStart(columns.keys, error.line);
  while (counts.scraped < columns.count && columns.keyStart[counts.scraped]! < end) {
    const row = counts.scraped++;
    if (relabelSample(ownLabels(columns, row, labelling), labelling) !== undefined) counts.kept++;
  }
}

/** Offset of a line, counted from 1. */
function lineStart(bytes: Uint8Array, line: number): number {
  let start = 0;
  for (let i = 1; i < line; i++) start = bytes.indexOf(0x0a, start) + 1;
  return start;
}

function countRefusal(counts: AppendCounts, outcome: AppendOutcome): void {
  if (outcome === appendOutcome.duplicate) counts.duplicates++;
  else if (outcome === appendOutcome.outOfOrder) counts.outOfOrder++;
  else if (outcome !== appendOutcome.appended) counts.outOfBounds++;
}
