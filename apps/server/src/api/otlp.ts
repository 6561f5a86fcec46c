// POST /api/v1/otlp/v1/metrics: an OTLP export of metrics, behind --web.enable-otlp-receiver.
// Headers say how the body is written; otlp/receiver stores it. Answers are Prometheus' own: no body, or plain text.
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import {
  decodeOtlpJsonSteps,
  decodeOtlpProtobufSteps,
  OtlpJsonError,
  type OtlpResource,
  type Steps,
} from "@narthex/formats";
import { errorText, type Logger } from "@narthex/service";
import { ByteRangeError } from "@narthex/stdx";
import type { OtlpMetrics } from "../otlp/metrics.js";
import { type OtlpReceiverOptions, storeExport } from "../otlp/receiver.js";
import type { Written } from "../remote/receiver.js";
import { type Answer, text } from "./respond.js";
import type { ApiRequest, Route } from "./route.js";

export type OtlpSource = OtlpReceiverOptions & {
  readonly logger: Logger;
  readonly metrics: OtlpMetrics;
};

/** As it is sent, and once it is decompressed. */
export const otlpBodyBytesMax: number = 32 * 1024 * 1024;

/** `source`: undefined where the receiver is not enabled. */
export function otlpRoute(source: OtlpSource | undefined): Route {
  const disabled = text("otlp write receiver needs to be enabled with --web.enable-otlp-receiver\n", 404);
  return {
    methods: ["POST"],
    path: "/api/v1/otlp/v1/metrics",
    isPage: true,
    bodyBytesMax: otlpBodyBytesMax,
    answer: (request) => (source ? answerExport(request, source) : disabled),
  };
}

/** What a request is refused for as a whole. */
class RequestError extends Error {
  override readonly name = "RequestError";
  readonly status: 400 | 413;
  constructor(message: string, status: 400 | 413) {
    super(message);
    this.status = status;
  }
}

async function answerExport({ headers, body }: ApiRequest, source: OtlpSource): Promise<Answer> {
  // Node joins neither header to a list.
  const [type, encoding] = [headers["content-type"], headers["content-encoding"]] as (string | undefined)[];
  try {
    const decode = decoderOf(type);
    const message = await decompress(body, encoding);
    const written = await storeExport({ bytes: message.length, decode: () => decode(message) }, source);
    source.metrics.count(written);
    return answerOf(written, source);
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined) throw error;
    source.logger.warn({ err: errorText(error) }, "Error decoding OTLP write request");
    return text(`${errorText(error)}\n`, status);
  }
}

/** Undefined where it is not the request's fault. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof RequestError) return error.status;
  return error instanceof ByteRangeError || error instanceof OtlpJsonError ? 400 : undefined;
}

type Decoder = (body: Uint8Array) => Steps<OtlpResource[]>;

const decoders: Readonly<Record<string, Decoder>> = {
  "application/json": (body) => decodeOtlpJsonSteps(body),
  "application/x-protobuf": (body) => decodeOtlpProtobufSteps(body),
};

/** Parameters, as of a charset, say nothing here. */
function decoderOf(contentType: string = ""): Decoder {
  const [mediaType = ""] = contentType.split(";");
  const decoder = decoders[mediaType.trim().toLowerCase()];
  if (decoder) return decoder;
  const supported = Object.keys(decoders).join(", ");
  throw new RequestError(`unsupported content type: ${contentType}, supported: [${supported}]`, 400);
}

const inflate = promisify(gunzip);

async function decompress(body: Uint8Array, encoding: string = ""): Promise<Uint8Array> {
  if (encoding === "" || encoding.toLowerCase() === "identity") return body;
  if (encoding.toLowerCase() !== "gzip") {
    throw new RequestError(`unsupported compression: ${encoding}. Only "gzip" or no compression supported`, 400);
  }
  try {
    return await inflate(body, { maxOutputLength: otlpBodyBytesMax });
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    if (isTooLarge) throw new RequestError(`request body is larger than ${otlpBodyBytesMax} bytes`, 413);
    throw new RequestError(`gzip: ${errorText(error)}`, 400);
  }
}

function answerOf({ refusals }: Written, { logger, deltas }: OtlpSource): Answer {
  const dropped = typeof deltas === "object" ? deltas.takeDropped() : 0;
  if (dropped > 0) logger.warn({ dropped }, "Left out OTLP deltas that are no newer than those before them");
  if (refusals.count === 0) return { kind: "done" };
  const reasons = refusals.print();
  logger.warn({ refused: refusals.count, first: reasons.split("\n")[0] }, "Error on ingesting samples from OTLP");
  return text(`${reasons}\n`, 400);
}
