// Messages of io.prometheus.client that others contain.
import type { ProtoReader } from "../protobuf/reader.js";

export type Pair = readonly [name: string, value: string];

export interface ProtoExemplar {
  readonly labels: readonly Pair[];
  readonly v: number;
  /** ms; NaN where not stated. */
  readonly t: number;
}

export function readPair(reader: ProtoReader): Pair {
  let name = "";
  let value = "";
  while (reader.next()) {
    if (reader.field === 1) name = reader.text();
    else if (reader.field === 2) value = reader.text();
  }
  return [name, value];
}

export function readExemplar(reader: ProtoReader): ProtoExemplar {
  const labels: Pair[] = [];
  let v = 0;
  let t = NaN;
  while (reader.next()) {
    if (reader.field === 1) labels.push(readPair(reader.message()));
    else if (reader.field === 2) v = reader.double();
    else if (reader.field === 3) t = readTimestamp(reader.message());
  }
  return { labels, v, t };
}

/** google.protobuf.Timestamp, as ms. */
export function readTimestamp(reader: ProtoReader): number {
  let seconds = 0;
  let nanoseconds = 0;
  while (reader.next()) {
    if (reader.field === 1) seconds = reader.signed();
    else if (reader.field === 2) nanoseconds = reader.signed();
  }
  return seconds * 1000 + Math.floor(nanoseconds / 1e6);
}
