// The body of remote read's request, without snappy: protobuf ↔ queries.
// Goes to: the server's /api/v1/read, and from its remote_read to other servers. Prometheus: prompb/remote.proto, prompb/types.proto.
import type { MatchType } from "@narthex/model";
import { ByteRangeError } from "@narthex/stdx";
import { ProtoReader } from "../protobuf/reader.js";
import { MessageWriter } from "../protobuf/writer.js";

export type ReadResponseType = "SAMPLES" | "STREAMED_XOR_CHUNKS";

/** By the number that stands for them. */
const responseTypes: readonly ReadResponseType[] = ["SAMPLES", "STREAMED_XOR_CHUNKS"];
const matchTypes: readonly MatchType[] = ["=", "!=", "=~", "!~"];

/** What PromQL makes of the samples, in ms: a server may leave out what it does not need. */
export type ReadHints = {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  /** The function, or "series" where labels are all that is wanted. */
  readonly func: string;
};

export type ReadQuery = {
  /** ms, both inclusive. */
  readonly start: number;
  readonly end: number;
  readonly matchers: readonly { readonly type: MatchType; readonly name: string; readonly value: string }[];
  readonly hints: ReadHints | undefined;
};

export type ReadRequest = {
  readonly queries: readonly ReadQuery[];
  /** Numbers, since some may be of a later version; the best first, none for SAMPLES. */
  readonly acceptedTypes: readonly number[];
};

/** Queries of one request, matchers of one query, and of all queries of a request. */
export const readQueriesMax = 1000;
export const readMatchersMax = 1000;
export const readMatchersTotalMax = 10_000;
/** Bytes of the answers that are accepted, and how many there may be. */
export const readTypesMax = 1000;

export function encodeReadRequest(queries: readonly ReadQuery[], accepted: readonly ReadResponseType[]): Uint8Array {
  const request = new MessageWriter();
  for (const query of queries) request.message(1, encodeQuery(query));
  return request
    .packedUint64(
      2,
      accepted.map((type) => BigInt(responseTypes.indexOf(type))),
    )
    .finish();
}

function encodeQuery({ start, end, matchers, hints }: ReadQuery): Uint8Array {
  const query = new MessageWriter().int(1, start).int(2, end);
  for (const { type, name, value } of matchers) {
    query.message(3, new MessageWriter().uint(1, matchTypes.indexOf(type)).text(2, name).text(3, value).finish());
  }
  if (hints) {
    const { step, func, start: from, end: to } = hints;
    query.message(4, new MessageWriter().int(1, step).text(2, func).int(3, from).int(4, to).finish());
  }
  return query.finish();
}

/** Throws ByteRangeError for what is none. */
export function decodeReadRequest(bytes: Uint8Array): ReadRequest {
  const queries: ReadQuery[] = [];
  let matchers = 0;
  const acceptedTypes: number[] = [];
  const reader = new ProtoReader(bytes);
  for (let start = 0; reader.next(); start = reader.offset) {
    if (reader.field === 1) {
      checkCount("queries", queries.length, { max: readQueriesMax, offset: reader.offset });
      const query = readQuery(reader.message());
      queries.push(query);
      matchers += query.matchers.length;
      checkCount("matchers", matchers - 1, { max: readMatchersTotalMax, offset: reader.offset });
    } else if (reader.field === 2) {
      const count = acceptedTypes.length + reader.offset - start;
      checkCount("bytes of response types", count, { max: readTypesMax, offset: reader.offset });
      reader.pushUnsigned32s(acceptedTypes);
    }
  }
  return { queries, acceptedTypes };
}

function checkCount(what: string, count: number, { max, offset }: { readonly max: number; readonly offset: number }) {
  if (count >= max) throw new ByteRangeError(`more than ${max} ${what}`, offset);
}

function readQuery(reader: ProtoReader): ReadQuery {
  let start = 0;
  let end = 0;
  let hints: ReadHints | undefined;
  const matchers: ReadQuery["matchers"][number][] = [];
  while (reader.next()) {
    if (reader.field === 1) start = reader.signed();
    else if (reader.field === 2) end = reader.signed();
    else if (reader.field === 3) {
      checkCount("matchers", matchers.length, { max: readMatchersMax, offset: reader.offset });
      matchers.push(readMatcher(reader.message()));
    } else if (reader.field === 4) hints = readHints(reader.message());
  }
  return { start, end, matchers, hints };
}

function readMatcher(reader: ProtoReader): ReadQuery["matchers"][number] {
  let typeNumber = 0;
  let name = "";
  let value = "";
  while (reader.next()) {
    if (reader.field === 1) typeNumber = reader.unsigned();
    else if (reader.field === 2) name = reader.text();
    else if (reader.field === 3) value = reader.text();
  }
  const type = matchTypes[typeNumber];
  if (type === undefined) throw new ByteRangeError(`invalid matcher type ${typeNumber}`, reader.end);
  return { type, name, value };
}

function readHints(reader: ProtoReader): ReadHints {
  const hints = { start: 0, end: 0, step: 0, func: "" };
  while (reader.next()) {
    if (reader.field === 1) hints.step = reader.signed();
    else if (reader.field === 2) hints.func = reader.text();
    else if (reader.field === 3) hints.start = reader.signed();
    else if (reader.field === 4) hints.end = reader.signed();
  }
  return hints;
}

/** The first that is known; undefined where none is. */
export function negotiateReadResponse(acceptedTypes: readonly number[]): ReadResponseType | undefined {
  if (acceptedTypes.length === 0) return "SAMPLES";
  const known = acceptedTypes.find((type) => responseTypes[type] !== undefined);
  return known === undefined ? undefined : responseTypes[known];
}
