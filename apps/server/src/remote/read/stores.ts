// What remotes sent, as one storage with our own: series are joined by their labels, and of two samples of one time ours stays.
// Comes from: query/evaluate, on a worker. A remote whose answers are damaged is left out, with a warning.
import {
  type ChunkedSeries,
  decodeChunkFrames,
  decodeSamplesResponse,
  decodeSnappy,
  type ReadChunk,
  type ReceivedLabels,
  SnappyError,
} from "@narthex/formats";
import {
  compareLabels,
  dropLabels,
  type Labels,
  labelsKey,
  type Querier,
  type Queryable,
  type SampleColumns,
  type Selection,
  type SeriesSource,
} from "@narthex/model";
import { QueryError } from "@narthex/promql";
import { ByteRangeError } from "@narthex/stdx";
import {
  checkHistogram,
  decodeChunk,
  InvalidHistogramError,
  isChunkEncoding,
  MergedQuerier,
  matchersKey,
  mergeRows,
  UnplannedSelectionError,
} from "@narthex/tsdb";
import { InvalidLabelsError, labelSetFrom } from "../received-labels.js";
import type { RemoteAnswer, RemoteData, TimeSpan } from "./data.js";

/** Of an answer of samples, decoded by snappy. */
const decodedBytesMax = 256 * 1024 * 1024;

/** Appends samples of a series, those in `range`, both ends inclusive. */
type Rows = { readonly minTime: number; readonly append: (columns: SampleColumns, range: TimeSpan) => void };

type RemoteSeries = { readonly labels: Labels; readonly rows: Rows[] };

/** Series of one remote by selection. */
type Answers = Map<string, RemoteSeries[]>;

export type JoinedStores = { readonly queryable: Queryable; readonly warnings: readonly string[] };

/** `data` absent: the local storage alone. */
export function withRemotes(local: Queryable, data: RemoteData | undefined): JoinedStores {
  if (!data) return { queryable: local, warnings: [] };
  const warnings = [...data.warnings];
  const remotes: Answers[] = [];
  for (const answers of byRemote(data.answers)) {
    const decoded = decodedAnswers(answers);
    if (typeof decoded === "string") warnings.push(decoded);
    else remotes.push(decoded);
  }
  const queriers = remotes.map((answers) => remoteQuerier(answers, data));
  const queryable: Queryable = { querier: (range) => MergedQuerier.of([local.querier(range), ...queriers]) };
  return { queryable, warnings };
}

function byRemote(answers: readonly RemoteAnswer[]): RemoteAnswer[][] {
  const lists = new Map<number, RemoteAnswer[]>();
  for (const answer of answers) {
    const list = lists.get(answer.remote);
    if (list) list.push(answer);
    else lists.set(answer.remote, [answer]);
  }
  return [...lists.values()];
}

const damages = [ByteRangeError, SnappyError, InvalidLabelsError, InvalidHistogramError];

/** All of one remote's, or why there is none. */
function decodedAnswers(answers: readonly RemoteAnswer[]): Answers | string {
  try {
    return new Map(answers.map((answer) => [answer.key, seriesOf(answer)]));
  } catch (error) {
    if (!damages.some((kind) => error instanceof kind)) throw error;
    return `remote_read: ${(error as Error).message}`;
  }
}

/** In order of labels, each once. */
function seriesOf(answer: RemoteAnswer): RemoteSeries[] {
  const dropped = new Set(answer.droppedLabels);
  const bySeries = new Map<string, RemoteSeries>();
  const add = (received: ReceivedLabels, rows: readonly Rows[]): void => {
    const labels = dropLabels(labelSetFrom(received), dropped);
    const key = labelsKey(labels);
    const known = bySeries.get(key);
    if (known) known.rows.push(...rows);
    else bySeries.set(key, { labels, rows: [...rows] });
  };
  addSeries[answer.type](answer, add);
  return [...bySeries.values()].sort((a, b) => compareLabels(a.labels, b.labels));
}

type Add = (labels: ReceivedLabels, rows: readonly Rows[]) => void;

const addSeries: Readonly<Record<RemoteAnswer["type"], (answer: RemoteAnswer, add: Add) => void>> = {
  STREAMED_XOR_CHUNKS(answer, add) {
    for (const { labels, chunks } of decodeChunkFrames(answer.body, answer)) add(labels, chunkRows(chunks, answer));
  },
  SAMPLES(answer, add) {
    const results = decodeSamplesResponse(decodeSnappy(answer.body, { decodedBytesMax }));
    const [series] = results;
    if (!series || results.length > 1) throw new ByteRangeError(`responses: want 1, got ${results.length}`, 0);
    for (const { labels, columns } of series) {
      for (const h of columns.h ?? []) if (h) checkHistogram(h);
      add(labels, [sampleRows(columns, answer.range)]);
    }
  },
};

function chunkRows(chunks: ChunkedSeries["chunks"], { range }: RemoteAnswer): Rows[] {
  return chunks
    .filter(({ minTime, maxTime }) => minTime <= range.end && maxTime >= range.start)
    .map((chunk) => ({
      minTime: chunk.minTime,
      append: (columns, wanted) => appendChunk(columns, chunk, inside(wanted, range)),
    }));
}

function inside(a: TimeSpan, b: TimeSpan): TimeSpan {
  return { start: Math.max(a.start, b.start), end: Math.min(a.end, b.end) };
}

function appendChunk(columns: SampleColumns, { encoding, bytes }: ReadChunk, { start, end }: TimeSpan): void {
  const isKnown = isChunkEncoding(encoding) && bytes.length >= 2;
  const chunk = isKnown && { encoding, bytes, start: 0, end: bytes.length };
  if (chunk && decodeChunk(chunk, columns, { after: start - 1, end })) return;
  throw new QueryError("execution", `remote_read: a chunk of encoding ${encoding} cannot be decoded`);
}

function sampleRows(from: SampleColumns, range: TimeSpan): Rows {
  return {
    minTime: from.count > 0 ? from.t[0]! : Number.POSITIVE_INFINITY,
    append(columns, wanted) {
      const { start, end } = inside(wanted, range);
      for (let row = 0; row < from.count; row++) {
        const t = from.t[row]!;
        if (t < start || t > end) continue;
        const h = from.h?.[row];
        if (h) columns.pushHistogram(t, h);
        else if (from.isStaleAt(row)) columns.pushStale(t);
        else columns.pushFloat(t, from.v[row]!);
      }
    },
  };
}

function remoteQuerier(answers: Answers, { selections }: RemoteData): Querier {
  return {
    select(selection) {
      const key = matchersKey(selection.matchers);
      const asked = selections.find((one) => one.key === key);
      if (!asked || asked.start > selection.start || asked.end < selection.end) {
        throw new UnplannedSelectionError(selection);
      }
      const sources = (answers.get(key) ?? []).map((series) => sourceOf(series, selection));
      return selection.limit ? sources.slice(0, selection.limit) : sources;
    },
    labelNames: notListed,
    labelValues: notListed,
    close: () => undefined,
  };
}

/** Remote read knows no such question; lookups tell so. */
function notListed(): string[] {
  return [];
}

function sourceOf({ labels, rows }: RemoteSeries, { start, end }: Selection): SeriesSource {
  return {
    labels,
    read(columns) {
      columns.clear();
      for (const { minTime, append } of rows) {
        mergeRows(columns, minTime, (into) => append(into, { start, end }));
      }
      checkAscending(columns);
    },
  };
}

/** A chunk may hold other times than it says. */
function checkAscending({ t, count }: SampleColumns): void {
  for (let i = 1; i < count; i++) {
    if (!(t[i]! > t[i - 1]!)) throw new QueryError("execution", "remote_read: samples out of order");
  }
}
