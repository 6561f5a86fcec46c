// Bodies of remote read's answers, piece by piece, for answers of any length.
// SAMPLES: one ReadResponse, protobuf within one snappy block. STREAMED_XOR_CHUNKS: ChunkedReadResponses, each a frame:
//   uvarint length │ CRC-32C of the message, big-endian, 4 bytes │ message
// Comes from: the server's lookup of remote read. Prometheus: storage/remote/codec.go, chunked.go, prompb/types.proto.
import { type Labels, type SampleColumns, staleNumber } from "@narthex/model";
import { ByteWriter, crc32c } from "@narthex/stdx";
import { MessageWriter } from "../protobuf/writer.js";
import { encodeSnappy } from "../snappy/block.js";
import { encodeHistogram } from "./histogram-encoder.js";

export const samplesContentType = "application/x-protobuf";
export const chunksContentType = "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse";

/** Both ends are rows: `end` is exclusive. */
export type RowRange = { readonly start: number; readonly end: number };

/** A chunk as the TSDB keeps it, without its checksum. */
export type ReadChunk = {
  readonly minTime: number;
  readonly maxTime: number;
  /** 1 XOR, 2 histogram, 3 float histogram. */
  readonly encoding: number;
  readonly bytes: Uint8Array;
};

export function encodeLabels(labels: Labels): Uint8Array[] {
  const pairs: Uint8Array[] = [];
  for (let i = 0; i < labels.length; i += 2) {
    pairs.push(
      new MessageWriter()
        .text(1, labels[i] as string)
        .text(2, labels[i + 1] as string)
        .finish(),
    );
  }
  return pairs;
}

/** A frame with one ChunkedSeries. */
export function encodeChunkFrame(
  pairs: readonly Uint8Array[],
  chunks: readonly Uint8Array[],
  query: number,
): Uint8Array {
  const series = new MessageWriter();
  for (const pair of pairs) series.message(1, pair);
  for (const chunk of chunks) series.message(2, chunk);
  const message = new MessageWriter().message(1, series.finish()).int(2, query).finish();
  const frame = new ByteWriter(message.length + 16);
  frame.uvarint(message.length);
  frame.u32(crc32c(message));
  frame.raw(message);
  return frame.bytes();
}

export function encodeReadChunk({ minTime, maxTime, encoding, bytes }: ReadChunk): Uint8Array {
  return new MessageWriter().int(1, minTime).int(2, maxTime).uint(3, encoding).bytes(4, bytes).finish();
}

/** The ReadResponse of SAMPLES: series after series, compressed on the way so that only that is kept. */
export class SamplesResponse {
  readonly #done: Uint8Array[] = [];
  #result: PieceList = new PieceList();
  #bytes = 0;

  addSeries(labels: Labels, columns: SampleColumns, rows: RowRange): void {
    const body = encodeTimeSeries(labels, columns, rows);
    const head = new ByteWriter(16);
    head.u8(0x0a);
    head.uvarint(body.length);
    this.#result.add(head.bytes());
    this.#result.add(body);
  }

  /** The series since the last call are one query's result. */
  endResult(): void {
    const { bytes, pieces } = this.#result.end();
    const head = new ByteWriter(16);
    head.u8(0x0a);
    head.uvarint(bytes);
    this.#done.push(compressed(head.bytes()), ...pieces);
    this.#bytes += head.length + bytes;
    this.#result = new PieceList();
  }

  /** The snappy block. */
  *pieces(): Generator<Uint8Array> {
    const head = new ByteWriter(16);
    head.uvarint(this.#bytes);
    yield head.bytes();
    yield* this.#done;
  }
}

const pieceBytesMax = 1024 * 1024;

/** Bytes, compressed a piece at a time: a snappy block is a length and then elements, which may follow one another. */
class PieceList {
  readonly #open = new ByteWriter(64 * 1024);
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;

  add(bytes: Uint8Array): void {
    this.#open.raw(bytes);
    this.#bytes += bytes.length;
    if (this.#open.length >= pieceBytesMax) this.#close();
  }

  end(): { readonly bytes: number; readonly pieces: readonly Uint8Array[] } {
    this.#close();
    return { bytes: this.#bytes, pieces: this.#pieces };
  }

  #close(): void {
    if (this.#open.length === 0) return;
    this.#pieces.push(compressed(this.#open.bytes()));
    this.#open.clear();
  }
}

/** The elements of the snappy block of `bytes`, without the length in front. */
function compressed(bytes: Uint8Array): Uint8Array {
  const block = encodeSnappy(bytes);
  let at = 0;
  while (block[at]! >= 0x80) at++;
  return block.subarray(at + 1);
}

/** Two of tag and length, nine of value, eleven of time. */
const sampleBytesMax = 22;

function encodeTimeSeries(labels: Labels, columns: SampleColumns, { start, end }: RowRange): Uint8Array {
  const message = new MessageWriter();
  for (const pair of encodeLabels(labels)) message.message(1, pair);
  const head = message.finish();
  const samples = new Uint8Array(head.length + sampleBytesMax * (end - start));
  samples.set(head);
  let at = head.length;
  for (let row = start; row < end; row++) if (!columns.h?.[row]) at = writeSample(samples, at, columns, row);
  if (!columns.h) return samples.subarray(0, at);
  const series = new ByteWriter(at);
  series.raw(samples.subarray(0, at));
  for (let row = start; row < end; row++) {
    const h = columns.h[row];
    if (!h) continue;
    const sum = columns.isStaleAt(row) ? staleNumber() : h.sum;
    const times = { t: columns.t[row]!, startTime: 0 };
    series.raw(new MessageWriter().message(4, encodeHistogram({ ...h, sum }, times)).finish());
  }
  return series.bytes();
}

/** Returns where the next one goes. Bits, not numbers, so that stale markers stay what they are. */
function writeSample(into: Uint8Array, start: number, { t, words }: SampleColumns, row: number): number {
  into[start] = 0x12;
  let at = start + 2;
  const low = words[2 * row]!;
  const high = words[2 * row + 1]!;
  if ((low | high) !== 0) {
    into[at++] = 0x09;
    for (let shift = 0; shift < 32; shift += 8) into[at++] = low >>> shift;
    for (let shift = 0; shift < 32; shift += 8) into[at++] = high >>> shift;
  }
  at = writeTime(into, at, t[row]!);
  into[start + 1] = at - start - 2;
  return at;
}

function writeTime(into: Uint8Array, start: number, t: number): number {
  if (t === 0) return start;
  let at = start;
  into[at++] = 0x10;
  if (t < 0) {
    for (let rest = BigInt.asUintN(64, BigInt(t)); ; rest >>= 7n) {
      into[at++] = Number(rest & 0x7fn) | (rest >= 0x80n ? 0x80 : 0);
      if (rest < 0x80n) return at;
    }
  }
  let rest = t;
  while (rest >= 0x80) {
    into[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  into[at++] = rest;
  return at;
}
