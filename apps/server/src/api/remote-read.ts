// /api/v1/read: remote read, for other servers that query this one's storage.
// A snappy block with a protobuf message → a lookup, which a query worker answers.
import { Gauge, type Registry } from "@narthex/client";
import {
  chunksContentType,
  decodeReadRequest,
  decodeSnappy,
  negotiateReadResponse,
  type ReadQuery,
  type ReadRequest,
  type ReadResponseType,
  SnappyError,
  samplesContentType,
} from "@narthex/formats";
import { matcherFrom } from "@narthex/model";
import { ByteRangeError, Slots } from "@narthex/stdx";
import type { PlainMatcher, ReadSelection } from "../query/lookup/lookup.js";
import type { AnswerBody, QueryRunner } from "../query/runner.js";
import { timeMax, timeMin } from "./parameters.js";
import { type Answer, ApiError } from "./respond.js";
import type { ApiRequest, Route } from "./route.js";

export type RemoteReadSource = {
  readonly lookUp: QueryRunner["lookUp"];
  readonly externalLabels: () => Readonly<Record<string, string>>;
  /** --storage.remote.read-sample-limit: 0 for none. */
  readonly samplesMax: number;
  /** --storage.remote.read-concurrent-limit: 0 for none. */
  readonly concurrentMax: number;
  /** --storage.remote.read-max-bytes-in-frame */
  readonly frameBytesMax: number;
  readonly registry: Registry;
};

/** Of a request, as it comes and decoded. Prometheus: storage/remote/codec.go decodeReadLimit. */
export const readRequestBytesMax: number = 32 * 1024 * 1024;

const formOf: Readonly<
  Record<ReadResponseType, { readonly contentType: string; readonly encoding: "snappy" | "identity" }>
> = {
  SAMPLES: { contentType: samplesContentType, encoding: "snappy" },
  STREAMED_XOR_CHUNKS: { contentType: chunksContentType, encoding: "identity" },
};

export function remoteReadRoutes(source: RemoteReadSource): Route[] {
  const { concurrentMax } = source;
  const slots = new Slots(concurrentMax > 0 ? concurrentMax : Number.POSITIVE_INFINITY);
  const count = countReads(source.registry);
  return [
    {
      methods: ["POST"],
      path: "/api/v1/read",
      isPage: true,
      bodyBytesMax: readRequestBytesMax,
      answer: (request) => answerRead(source, request, (begin) => inSlot(slots, count, begin)),
    },
  ];
}

type Count = { running: number };

function countReads(registry: Registry): Count {
  const count: Count = { running: 0 };
  const add = (name: string, help: string): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(count.running);
      },
    });
  };
  // The second is what Prometheus called it until 2.43.
  add(
    "prometheus_remote_read_handler_queries",
    "The current number of remote read queries that are either in execution or queued on the handler.",
  );
  add("prometheus_api_remote_read_queries", "The current number of remote read queries being executed or waiting.");
  return count;
}

type Begin = () => Promise<AnswerBody>;

/** Keeps the slot until the client has the last part. */
function inSlot(slots: Slots, count: Count, begin: Begin): Promise<AnswerBody> {
  return new Promise((resolve, reject) => {
    count.running++;
    const run = async (): Promise<void> => {
      try {
        const { body, ended } = untilEnd(await begin());
        resolve(body);
        await ended;
      } catch (error) {
        reject(error);
      } finally {
        count.running--;
      }
    };
    void slots.run(run);
  });
}

function untilEnd({ bytes, parts }: AnswerBody): { readonly body: AnswerBody; readonly ended: Promise<void> } {
  if (!parts) return { body: { bytes, parts }, ended: Promise.resolve() };
  const { signal } = parts;
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  const next = async (): ReturnType<typeof parts.next> => {
    const part = await parts.next();
    if (part === undefined) end();
    return part;
  };
  return { body: { bytes, parts: { signal, next, cancel: (reason) => parts.cancel(reason) } }, ended };
}

async function answerRead(
  source: RemoteReadSource,
  { body, signal }: ApiRequest,
  run: (begin: Begin) => Promise<AnswerBody>,
): Promise<Answer> {
  const { samplesMax, frameBytesMax } = source;
  const { queries, acceptedTypes } = requestFrom(body);
  const responseType = negotiateReadResponse(acceptedTypes);
  if (responseType === undefined) {
    const asked = acceptedTypes.join(" ");
    throw new ApiError(
      "bad_data",
      `server does not support any of the requested response types: [${asked}]; supported: map[SAMPLES:{} STREAMED_XOR_CHUNKS:{}]`,
    );
  }
  const externalLabels = source.externalLabels();
  const selections = queries.map((query) => selectionFrom(query, externalLabels));
  const lookup = { kind: "read", selections, externalLabels, responseType, samplesMax, frameBytesMax } as const;
  return { kind: "result", body: await run(() => source.lookUp(lookup, signal)), ...formOf[responseType] };
}

function requestFrom(body: Uint8Array): ReadRequest {
  try {
    return decodeReadRequest(decodeSnappy(body, { decodedBytesMax: readRequestBytesMax }));
  } catch (error) {
    if (!(error instanceof SnappyError || error instanceof ByteRangeError)) throw error;
    throw new ApiError(
      "bad_data",
      error instanceof SnappyError ? error.message : `proto: ReadRequest: ${error.message}`,
    );
  }
}

/** Where there are hints, samples outside of them are of no use. */
function selectionFrom(
  { start, end, matchers, hints }: ReadQuery,
  external: Readonly<Record<string, string>>,
): ReadSelection {
  return {
    matchers: matchers.map((matcher) => storedMatcher(matcher, external)),
    range: {
      start: Math.max(start, hints?.start ?? start, timeMin),
      end: Math.min(end, hints?.end ?? end, timeMax),
    },
    isLabelsOnly: hints?.func === "series",
  };
}

/** External labels are not stored: one that is asked for is there where the series has none of the name. */
function storedMatcher({ type, name, value }: PlainMatcher, external: Readonly<Record<string, string>>): PlainMatcher {
  try {
    matcherFrom(type, name, value);
  } catch (error) {
    throw new ApiError("bad_data", (error as Error).message);
  }
  return type === "=" && external[name] === value ? { type, name, value: "" } : { type, name, value };
}
