// A client of remote read that shares no code with the server's side: protobuf field by field, XOR chunks bit by bit.
import { decodeSnappy, encodeSnappy, MessageWriter } from "@narthex/formats";
import type { MatchType } from "@narthex/model";
import { crc32c } from "@narthex/stdx";

export type AskedQuery = {
  readonly start: number;
  readonly end: number;
  readonly matchers: readonly (readonly [name: string, type: MatchType, value: string])[];
  readonly hints?: { readonly start: number; readonly end: number; readonly func?: string };
};

export type ReceivedSeries = {
  readonly labels: Readonly<Record<string, string>>;
  /** "t value", with "stale" for the marker. */
  readonly samples: string[];
  /** How many samples are histograms. */
  histograms: number;
};

const matchTypes: readonly MatchType[] = ["=", "!=", "=~", "!~"];

/** The body of a request; `accepted` by number: 0 samples, 1 chunks. */
export function readRequestBody(queries: readonly AskedQuery[], accepted: readonly number[]): Uint8Array {
  const request = new MessageWriter();
  for (const { start, end, matchers, hints } of queries) {
    const query = new MessageWriter().int(1, start).int(2, end);
    for (const [name, type, value] of matchers) {
      query.message(3, new MessageWriter().uint(1, matchTypes.indexOf(type)).text(2, name).text(3, value).finish());
    }
    if (hints) {
      const { start: from, end: to, func = "" } = hints;
      query.message(4, new MessageWriter().text(2, func).int(3, from).int(4, to).finish());
    }
    request.message(1, query.finish());
  }
  return encodeSnappy(request.packedUint64(2, accepted.map(BigInt)).finish());
}

export async function postRead(base: string, body: Uint8Array): Promise<Response> {
  const headers = {
    "content-type": "application/x-protobuf",
    "content-encoding": "snappy",
    "x-prometheus-remote-read-version": "0.1.0",
  };
  return fetch(`${base}/api/v1/read`, { method: "POST", headers, body: new Uint8Array(body) });
}

type Field = { readonly field: number; readonly number: bigint; readonly bytes: Uint8Array };

function uvarint(bytes: Uint8Array, start: number): { readonly value: bigint; readonly end: number } {
  let value = 0n;
  for (let at = start, shift = 0n; ; at++, shift += 7n) {
    const byte = bytes[at];
    if (byte === undefined) throw new Error(`no varint at byte ${start}`);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return { value, end: at + 1 };
  }
}

function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  for (let at = 0; at < bytes.length; ) {
    const tag = uvarint(bytes, at);
    const field = Number(tag.value >> 3n);
    const wire = Number(tag.value & 7n);
    if (wire === 0) {
      const { value, end } = uvarint(bytes, tag.end);
      yield { field, number: value, bytes: bytes.subarray(0, 0) };
      at = end;
    } else if (wire === 1) {
      const content = bytes.subarray(tag.end, tag.end + 8);
      yield { field, number: Buffer.from(content).readBigUInt64LE(), bytes: content };
      at = tag.end + 8;
    } else if (wire === 2) {
      const { value, end } = uvarint(bytes, tag.end);
      at = end + Number(value);
      if (at > bytes.length) throw new Error(`field ${field} ends beyond its message`);
      yield { field, number: 0n, bytes: bytes.subarray(end, at) };
    } else throw new Error(`wire type ${wire}`);
  }
}

function textOf(bytes: Uint8Array, wanted: number): string {
  for (const { field, bytes: content } of fieldsOf(bytes)) if (field === wanted) return Buffer.from(content).toString();
  return "";
}

function numberOf(bytes: Uint8Array, wanted: number): bigint {
  for (const { field, number } of fieldsOf(bytes)) if (field === wanted) return number;
  return 0n;
}

function labelsOf(series: Uint8Array): Record<string, string> {
  const pairs = [...fieldsOf(series)].filter(({ field }) => field === 1);
  return Object.fromEntries(pairs.map(({ bytes }) => [textOf(bytes, 1), textOf(bytes, 2)]));
}

function printSample(t: bigint, bits: bigint): string {
  if (bits === 0x7ff0000000000002n) return `${BigInt.asIntN(64, t)} stale`;
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return `${BigInt.asIntN(64, t)} ${view.getFloat64(0)}`;
}

/** Series of each query. */
export function receiveSamples(body: Uint8Array): ReceivedSeries[][] {
  const message = decodeSnappy(body, { decodedBytesMax: 1024 * 1024 * 1024 });
  return [...fieldsOf(message)].map((result) =>
    [...fieldsOf(result.bytes)].map(({ bytes }) => {
      const series: ReceivedSeries = { labels: labelsOf(bytes), samples: [], histograms: 0 };
      for (const { field, bytes: sample } of fieldsOf(bytes)) {
        if (field === 2) series.samples.push(printSample(numberOf(sample, 2), numberOf(sample, 1)));
        else if (field === 4) series.histograms++;
      }
      return series;
    }),
  );
}

/** Series of each query, and how many frames there were; throws where a checksum is wrong. */
export function receiveChunks(
  body: Uint8Array,
  queries: number,
): { readonly results: ReceivedSeries[][]; readonly frames: number } {
  const results = Array.from({ length: queries }, (): ReceivedSeries[] => []);
  const known = new Map<string, readonly string[]>();
  let frames = 0;
  for (let at = 0; at < body.length; frames++) {
    const { value, end } = uvarint(body, at);
    const message = body.subarray(end + 4, end + 4 + Number(value));
    if (crc32c(message) !== Buffer.from(body.subarray(end, end + 4)).readUInt32BE()) throw new Error("wrong checksum");
    at = end + 4 + Number(value);
    const result = results[Number(numberOf(message, 2))] as ReceivedSeries[];
    for (const { field, bytes } of fieldsOf(message)) if (field === 1) receiveSeries(bytes, result, known);
  }
  return { results, frames };
}

/** `known` has the samples of chunks by their bytes: answers to many queries repeat them. */
function receiveSeries(bytes: Uint8Array, into: ReceivedSeries[], known: Map<string, readonly string[]>): void {
  const labels = labelsOf(bytes);
  const last = into.at(-1);
  const isSame = last !== undefined && JSON.stringify(last.labels) === JSON.stringify(labels);
  const series = isSame ? last : { labels, samples: [], histograms: 0 };
  if (!isSame) into.push(series);
  for (const { field, bytes: chunk } of fieldsOf(bytes)) {
    if (field !== 2) continue;
    const content = [...fieldsOf(chunk)].find((one) => one.field === 4)?.bytes ?? new Uint8Array(2);
    if (numberOf(chunk, 3) === 1n) {
      const key = Buffer.from(content).toString("latin1");
      const samples = known.get(key) ?? xorSamples(content);
      known.set(key, samples);
      series.samples.push(...samples);
    } else series.histograms += (content[0]! << 8) | content[1]!;
  }
}

class Bits {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(count: number): bigint {
    let value = 0n;
    // As much of each byte as is asked for.
    for (let left = count; left > 0; ) {
      const offset = this.#at & 7;
      const taken = Math.min(left, 8 - offset);
      const part = (this.#bytes[this.#at >> 3]! >> (8 - offset - taken)) & ((1 << taken) - 1);
      value = (value << BigInt(taken)) | BigInt(part);
      this.#at += taken;
      left -= taken;
    }
    return value;
  }

  /** How many ones come before a zero, at most `max`. */
  ones(max: number): number {
    let count = 0;
    while (count < max && this.read(1) === 1n) count++;
    return count;
  }

  uvarint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.read(8);
      value |= (byte & 0x7fn) << shift;
      if (byte < 0x80n) return value;
    }
  }

  signed(count: number): bigint {
    const value = this.read(count);
    return value > 1n << BigInt(count - 1) ? value - (1n << BigInt(count)) : value;
  }
}

const deltaBits = [0, 14, 17, 20, 64];

function xorSamples(chunk: Uint8Array): string[] {
  const bits = new Bits(chunk);
  const count = Number(bits.read(16));
  const samples: string[] = [];
  let [t, delta, v] = [0n, 0n, 0n];
  let [leading, trailing] = [0, 0];
  for (let i = 0; i < count; i++) {
    if (i === 0) {
      const first = bits.uvarint();
      t = (first >> 1n) ^ -(first & 1n);
      v = bits.read(64);
    } else {
      const width = i === 1 ? 0 : (deltaBits[bits.ones(4)] as number);
      if (i === 1) delta = bits.uvarint();
      else if (width > 0) delta += bits.signed(width);
      t += delta;
      const control = bits.ones(2);
      if (control === 2) {
        leading = Number(bits.read(5));
        trailing = 64 - leading - (Number(bits.read(6)) || 64);
      }
      if (control > 0) v ^= bits.read(64 - leading - trailing) << BigInt(trailing);
    }
    samples.push(printSample(t, v));
  }
  return samples;
}
