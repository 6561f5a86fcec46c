// Bodies of remote read's answers as they were received → series. The counterpart of read-response.ts.
// Goes to: the server's remote/read, on a query worker, which judges labels and decodes chunks.
import { isStale, SampleColumns, setStaleAt } from "@narthex/model";
import { ByteRangeError, crc32c } from "@narthex/stdx";
import { ProtoReader } from "../protobuf/reader.js";
import { DecodeBudget } from "./budget.js";
import { type ReceivedHistogram, readHistogram } from "./histogram.js";
import type { ReadChunk } from "./read-response.js";
import type { ReceivedLabels } from "./write-decoder.js";

/** Consecutive ones may be of one series. Chunks are views of the body. */
export type ChunkedSeries = { readonly labels: ReceivedLabels; readonly chunks: readonly ReadChunk[] };

/** Ascending in time, one sample of each. */
export type SampledSeries = { readonly labels: ReceivedLabels; readonly columns: SampleColumns };

/** What an answer may take in memory once it is decoded. */
export const decodedReadBytesMax: number = 512 * 1024 * 1024;

// Bytes of memory, roughly.
const seriesBytes = 300;
const pairBytes = 16;
const chunkBytes = 100;
const sampleBytes = 16;

/** STREAMED_XOR_CHUNKS. Throws ByteRangeError, also for a message longer than `frameBytesMax`. */
export function* decodeChunkFrames(
  body: Uint8Array,
  { frameBytesMax, bytesMax = decodedReadBytesMax }: { readonly frameBytesMax: number; readonly bytesMax?: number },
): Generator<ChunkedSeries> {
  const budget = new DecodeBudget(bytesMax);
  for (let at = 0; at < body.length; ) {
    const { start, end } = frameAt(body, at, frameBytesMax);
    const reader = new ProtoReader(body, start, end);
    while (reader.next()) if (reader.field === 1) yield readChunkedSeries(reader.message(), budget);
    at = end;
  }
}

const checksumBytes = 4;

/** Where the message of the frame at `at` lies. */
function frameAt(body: Uint8Array, at: number, bytesMax: number): { readonly start: number; readonly end: number } {
  let size = 0;
  let next = at;
  for (let factor = 1; ; factor *= 128) {
    const byte = body[next];
    if (byte === undefined) throw new ByteRangeError("unexpected end of data", next);
    if (next - at > 7) throw new ByteRangeError("frame length is no number", at);
    next++;
    size += (byte & 0x7f) * factor;
    if (byte < 0x80) break;
  }
  if (size > bytesMax) {
    throw new ByteRangeError(`message size exceeded the limit ${bytesMax} bytes; got: ${size} bytes`, at);
  }
  const start = next + checksumBytes;
  const end = start + size;
  if (end > body.length) throw new ByteRangeError("unexpected end of data", body.length);
  const sum = body.subarray(next, start).reduce((number, byte) => number * 256 + byte, 0);
  if (sum !== crc32c(body.subarray(start, end))) throw new ByteRangeError("corrupted frame; checksum mismatch", start);
  return { start, end };
}

function readChunkedSeries(reader: ProtoReader, budget: DecodeBudget): ChunkedSeries {
  budget.charge(seriesBytes, reader.offset);
  const texts: string[] = [];
  const chunks: ReadChunk[] = [];
  while (reader.next()) {
    if (reader.field === 1) pushPair(texts, reader.message(), budget);
    else if (reader.field === 2) {
      budget.charge(chunkBytes, reader.offset);
      chunks.push(readChunk(reader.message()));
    }
  }
  return { labels: { texts }, chunks };
}

function pushPair(texts: string[], reader: ProtoReader, budget: DecodeBudget): void {
  let name = "";
  let value = "";
  while (reader.next()) {
    if (reader.field === 1) name = reader.text();
    else if (reader.field === 2) value = reader.text();
  }
  budget.charge(pairBytes + name.length + value.length, reader.offset);
  texts.push(name, value);
}

function readChunk(reader: ProtoReader): ReadChunk {
  let minTime = 0;
  let maxTime = 0;
  let encoding = 0;
  let bytes = reader.bytes.subarray(0, 0);
  while (reader.next()) {
    if (reader.field === 1) minTime = reader.signed();
    else if (reader.field === 2) maxTime = reader.signed();
    else if (reader.field === 3) encoding = reader.unsigned();
    else if (reader.field === 4) bytes = reader.bytes.subarray(...reader.contentRange());
  }
  return { minTime, maxTime, encoding, bytes };
}

/** SAMPLES, after snappy: the series of each query. Throws ByteRangeError. */
export function decodeSamplesResponse(
  message: Uint8Array,
  { bytesMax = decodedReadBytesMax }: { readonly bytesMax?: number } = {},
): SampledSeries[][] {
  const budget = new DecodeBudget(bytesMax);
  const results: SampledSeries[][] = [];
  const reader = new ProtoReader(message);
  while (reader.next()) if (reader.field === 1) results.push(readResult(reader.message(), budget));
  return results;
}

function readResult(reader: ProtoReader, budget: DecodeBudget): SampledSeries[] {
  const series: SampledSeries[] = [];
  while (reader.next()) if (reader.field === 1) series.push(readSampledSeries(reader.message(), budget));
  return series;
}

function readSampledSeries(reader: ProtoReader, budget: DecodeBudget): SampledSeries {
  budget.charge(seriesBytes, reader.offset);
  const texts: string[] = [];
  const floats = new SampleColumns(8);
  const histograms: ReceivedHistogram[] = [];
  while (reader.next()) {
    if (reader.field === 1) pushPair(texts, reader.message(), budget);
    else if (reader.field === 2) {
      budget.charge(sampleBytes, reader.offset);
      pushSample(floats, reader.message());
    } else if (reader.field === 4) histograms.push(readHistogram(reader.message(), budget));
  }
  return { labels: { texts }, columns: inOrder(floats, histograms) };
}

function pushSample(columns: SampleColumns, reader: ProtoReader): void {
  let t = 0;
  let v = 0;
  while (reader.next()) {
    if (reader.field === 1) v = reader.double();
    else if (reader.field === 2) t = reader.signed();
  }
  if (isStale(v)) columns.pushStale(t);
  else columns.pushFloat(t, v);
}

/** Of two samples of one time the first stays, a float before a histogram. */
function inOrder(floats: SampleColumns, histograms: readonly ReceivedHistogram[]): SampleColumns {
  if (histograms.length === 0 && isAscending(floats)) return floats;
  const times = Array.from(floats.t.subarray(0, floats.count)).concat(histograms.map(({ t }) => t));
  const rows = times.map((_, i) => i).sort((a, b) => times[a]! - times[b]! || a - b);
  const columns = new SampleColumns(rows.length);
  for (const row of rows) {
    const t = times[row]!;
    if (columns.count > 0 && columns.t[columns.count - 1] === t) continue;
    const received = histograms[row - floats.count];
    if (received) pushHistogram(columns, received);
    else if (floats.isStaleAt(row)) columns.pushStale(t);
    else columns.pushFloat(t, floats.v[row]!);
  }
  return columns;
}

function pushHistogram(columns: SampleColumns, { t, histogram }: ReceivedHistogram): void {
  columns.pushHistogram(t, histogram);
  if (isStale(histogram.sum)) setStaleAt(columns.words, columns.count - 1);
}

function isAscending({ t, count }: SampleColumns): boolean {
  for (let i = 1; i < count; i++) if (t[i]! <= t[i - 1]!) return false;
  return true;
}
