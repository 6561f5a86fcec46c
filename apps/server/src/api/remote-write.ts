// POST /api/v1/write: remote write of both versions, behind --web.enable-remote-write-receiver.
// Headers say which message the body is; remote/receiver stores it. Errors are plain text, as senders log them.
import {
  decodeSnappy,
  decodeWriteRequest,
  SnappyError,
  snappyDecodedBytesMax,
  snappyDecodedLength,
  type WriteVersion,
  writeVersions,
} from "@narthex/formats";
import { errorText, type Logger } from "@narthex/service";
import { ByteRangeError } from "@narthex/stdx";
import { shortBytesMax, storeLongBody } from "../remote/long-body.js";
import type { ReceiverMetrics } from "../remote/metrics.js";
import { type ReceiverOptions, storeReceived, type Written } from "../remote/receiver.js";
import { writeRules } from "../remote/write-rules.js";
import { type Answer, text } from "./respond.js";
import type { ApiRequest, Route } from "./route.js";

export type RemoteWriteSource = ReceiverOptions & {
  /** Messages that are taken. */
  readonly accepted: readonly string[];
  readonly logger: Logger;
  readonly metrics: ReceiverMetrics;
};

/** Snappy makes of what cannot be compressed a sixth more. */
const writeBodyBytesMax = 32 + snappyDecodedBytesMax + Math.ceil(snappyDecodedBytesMax / 6);

/** `source`: undefined where the receiver is not enabled. */
export function remoteWriteRoute(source: RemoteWriteSource | undefined): Route {
  const disabled = text("remote write receiver needs to be enabled with --web.enable-remote-write-receiver\n", 404);
  return {
    methods: ["POST"],
    path: "/api/v1/write",
    isPage: true,
    bodyBytesMax: writeBodyBytesMax,
    answer: (request) => (source ? answerWrite(request, source) : disabled),
  };
}

class MediaTypeError extends Error {
  override readonly name = "MediaTypeError";
}

async function answerWrite({ headers, body }: ApiRequest, source: RemoteWriteSource): Promise<Answer> {
  // Node joins neither header to a list.
  const [type, encoding] = [headers["content-type"], headers["content-encoding"]] as (string | undefined)[];
  let version: WriteVersion;
  try {
    version = messageOf(type || mediaType, source.accepted);
    checkEncoding(encoding);
  } catch (error) {
    if (error instanceof MediaTypeError) return refuse(error, 415, source.logger);
    throw error;
  }
  try {
    const isLong = snappyDecodedLength(body) > shortBytesMax;
    const written = isLong ? await storeLongBody(body, version, source) : storeShortBody(body, version, source);
    source.metrics.count(written);
    return answerOf(written, source.logger);
  } catch (error) {
    if (error instanceof SnappyError || error instanceof ByteRangeError) return refuse(error, 400, source.logger);
    throw error;
  }
}

function storeShortBody(body: Uint8Array, version: WriteVersion, options: ReceiverOptions): Written {
  return storeReceived(decodeWriteRequest(decodeSnappy(body), version), writeRules[version], options);
}

function refuse(error: Error, status: 400 | 415, logger: Logger): Answer {
  logger.warn({ err: errorText(error) }, "Error decoding remote write request");
  return text(`${error.message}\n`, status);
}

function answerOf({ samples, histograms, exemplars, refusals }: Written, logger: Logger): Answer {
  const headers = {
    "x-prometheus-remote-write-samples-written": String(samples),
    "x-prometheus-remote-write-histograms-written": String(histograms),
    "x-prometheus-remote-write-exemplars-written": String(exemplars),
  };
  if (refusals.count === 0) return { kind: "empty", headers };
  const reasons = refusals.print();
  logger.warn(
    { refused: refusals.count, first: reasons.split("\n")[0] },
    "Error on ingesting samples from remote write",
  );
  return { ...(text(`${reasons}\n`, 400) as Extract<Answer, { kind: "body" }>), headers };
}

const mediaType = "application/x-protobuf";

/** Of the first version where nothing is said. Throws MediaTypeError, with Prometheus' text. */
function messageOf(contentType: string, accepted: readonly string[]): WriteVersion {
  const [type, ...parameters] = contentType.trim().split(";");
  if (type !== mediaType) {
    throw new MediaTypeError(`expected ${mediaType} as the first (media) part, got ${contentType} content-type`);
  }
  const version = messageIn(parameters, contentType);
  if (accepted.includes(version)) return version;
  throw new MediaTypeError(
    `${version} protobuf message is not accepted by this server; only accepts ${accepted.join(", ")}`,
  );
}

function messageIn(parameters: readonly string[], contentType: string): WriteVersion {
  for (const parameter of parameters) {
    const [name, value, ...more] = parameter.split("=");
    if (value === undefined || more.length > 0) {
      throw new MediaTypeError(
        `as per https://www.rfc-editor.org/rfc/rfc9110#parameter expected parameters to be key-values, got ${parameter} in ${contentType} content-type`,
      );
    }
    if (name?.trim() !== "proto") continue;
    const version = writeVersions.find((known) => known === value);
    if (version) return version;
    throw new MediaTypeError(
      `got ${contentType} content type; unknown type for remote write protobuf message ${value}`,
    );
  }
  return "prometheus.WriteRequest";
}

function checkEncoding(encoding: string = "snappy"): void {
  if (encoding === "" || encoding.toLowerCase() === "snappy") return;
  throw new MediaTypeError(
    `${encoding} encoding (compression) is not accepted by this server; only snappy is acceptable`,
  );
}
