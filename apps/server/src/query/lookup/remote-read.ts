// Series for remote read: their samples in one message, or as chunks in frames that are sent as they are made.
// Comes from: query/lookup/answer. Goes to: api/remote-read.
import {
  encodeChunkFrame,
  encodeLabels,
  encodeReadChunk,
  type JsonParts,
  type ReadResponseType,
  SamplesResponse,
} from "@narthex/formats";
import { type Labels, labelEntries, labelsFromEntries, matcherFrom, SampleColumns } from "@narthex/model";
import { QueryError } from "@narthex/promql";
import { encodeChunks } from "@narthex/tsdb";
import type { LookupSource, ReadLookup, ReadSelection } from "./lookup.js";
import { Pieces } from "./pieces.js";

export function readBody(lookup: ReadLookup, source: LookupSource, parts?: JsonParts): Uint8Array<ArrayBuffer> {
  const pieces = new Pieces(parts);
  for (const piece of writers[lookup.responseType](lookup, source)) pieces.add(piece);
  return pieces.rest();
}

type Writer = (lookup: ReadLookup, source: LookupSource) => Iterable<Uint8Array>;

const writers: Readonly<Record<ReadResponseType, Writer>> = {
  SAMPLES: samplesPieces,
  STREAMED_XOR_CHUNKS: chunkFrames,
};

function samplesPieces(lookup: ReadLookup, source: LookupSource): Iterable<Uint8Array> {
  const { samplesMax, externalLabels } = lookup;
  const response = new SamplesResponse();
  for (const selection of lookup.selections) {
    let count = 0;
    for (const { labels, columns, start, end } of seriesOf(selection, source)) {
      count += end - start;
      // Prometheus: storage/remote/codec.go ToQueryResult counts for each query.
      if (samplesMax > 0 && count > samplesMax)
        throw new QueryError("bad_data", `exceeded sample limit (${samplesMax})`);
      response.addSeries(withExternal(labels, externalLabels), columns, { start, end });
    }
    response.endResult();
  }
  return response.pieces();
}

function* chunkFrames(lookup: ReadLookup, source: LookupSource): Generator<Uint8Array> {
  for (const [query, selection] of lookup.selections.entries()) {
    for (const { labels, columns, start, end } of seriesOf(selection, source)) {
      const pairs = encodeLabels(withExternal(labels, lookup.externalLabels));
      const chunks = chunksOf(columns, start, end);
      yield* framesOf(chunks, { pairs, query, frameBytesMax: lookup.frameBytesMax });
    }
  }
}

type FrameForm = {
  readonly pairs: readonly Uint8Array[];
  /** Index of the query in its request. */
  readonly query: number;
  readonly frameBytesMax: number;
};

/** A frame has one series, and is cut by the chunk with which it is full; a series without chunks has one, too. */
function* framesOf(chunks: readonly Uint8Array[], { pairs, query, frameBytesMax }: FrameForm): Generator<Uint8Array> {
  const chunkBytesMax = frameBytesMax - pairs.reduce((sum, { length }) => sum + length, 0);
  let open: Uint8Array[] = [];
  let bytes = 0;
  for (const [i, chunk] of chunks.entries()) {
    open.push(chunk);
    bytes += chunk.length;
    if (bytes < chunkBytesMax && i < chunks.length - 1) continue;
    yield encodeChunkFrame(pairs, open, query);
    open = [];
    bytes = 0;
  }
  if (chunks.length === 0) yield encodeChunkFrame(pairs, [], query);
}

// The message knows no encoding with start times: they are left out.
function chunksOf(columns: SampleColumns, start: number, end: number): Uint8Array[] {
  const rows = new SampleColumns(end - start);
  rows.t.set(columns.t.subarray(start, end));
  rows.words.set(columns.words.subarray(2 * start, 2 * end));
  if (columns.h) rows.h = columns.h.slice(start, end);
  rows.count = end - start;
  return encodeChunks(rows).map(({ minTime, maxTime, data }) =>
    encodeReadChunk({ minTime, maxTime, encoding: data.encoding, bytes: data.bytes.subarray(data.start, data.end) }),
  );
}

/** Rows [start, end) of the columns are its samples. */
type FoundSeries = {
  readonly labels: Labels;
  readonly columns: SampleColumns;
  readonly start: number;
  readonly end: number;
};

/** Sorted; the columns are those of the series before. */
function* seriesOf({ matchers, range, isLabelsOnly }: ReadSelection, source: LookupSource): Generator<FoundSeries> {
  if (range.end < range.start) return;
  const columns = new SampleColumns();
  const compiled = matchers.map(({ type, name, value }) => matcherFrom(type, name, value));
  const querier = source.queryable.querier(range);
  try {
    for (const series of querier.select({ ...range, matchers: compiled, sorted: true })) {
      source.checkpoint();
      const { labels } = series;
      if (isLabelsOnly) {
        yield { labels, columns, start: 0, end: 0 };
        continue;
      }
      series.read(columns);
      let start = 0;
      let end = columns.count;
      while (start < end && columns.t[start]! < range.start) start++;
      while (end > start && columns.t[end - 1]! > range.end) end--;
      if (start < end) yield { labels, columns, start, end };
    }
  } finally {
    querier.close();
  }
}

/** A label of the series wins. */
function withExternal(labels: Labels, external: Readonly<Record<string, string>>): Labels {
  const entries = Object.entries(external);
  return entries.length === 0 ? labels : labelsFromEntries([...entries, ...labelEntries(labels)]);
}
