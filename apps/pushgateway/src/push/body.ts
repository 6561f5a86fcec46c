// The body of a push: bytes → metric families.
// Comes from: the socket, possibly compressed. Goes to: store/, after sanitize.ts.
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import {
  decodeSnappyFrames,
  ExpositionColumns,
  type ExpositionFormat,
  familiesFrom,
  type MetricFamily,
  ParseError,
  SeriesCache,
  SnappyError,
  scanExposition,
} from "@narthex/formats";
import { isLegacyLabelName, isLegacyMetricName } from "@narthex/model";
import { PushError } from "./error.js";
import { labelLengthMax } from "./group-path.js";

export type PushBody = {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly contentEncoding: string;
};

export type BodyOptions = {
  /** Largest body after decompression. */
  readonly bytesMax: number;
  readonly hasUtf8Names: boolean;
};

/** Labels of one series; what Prometheus allows at most in its own defaults is less. */
export const seriesLabelsMax: number = 256;

/** Throws PushError. */
export async function decodePush(body: PushBody, options: BodyOptions): Promise<MetricFamily[]> {
  const bytes = await decompress(body, options.bytesMax);
  const families = parse(bytes, formatOf(body.contentType));
  for (const family of families) checkNames(family, options);
  return families;
}

const unzip = promisify(gunzip);

async function decompress({ bytes, contentEncoding }: PushBody, bytesMax: number): Promise<Uint8Array> {
  try {
    switch (contentEncoding.trim().toLowerCase()) {
      case "":
      case "identity":
        return bytes;
      case "gzip":
        return await unzip(bytes, { maxOutputLength: bytesMax });
      case "snappy":
        return decodeSnappyFrames(bytes, { decodedBytesMax: bytesMax });
      default:
        throw new PushError(`unsupported content encoding ${JSON.stringify(contentEncoding)}`, 415);
    }
  } catch (error) {
    if (error instanceof PushError) throw error;
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      throw new PushError(`body is larger than ${bytesMax} bytes after decompression`, 413);
    }
    const isCorrupt = error instanceof SnappyError || String((error as NodeJS.ErrnoException).code).startsWith("Z_");
    if (!isCorrupt) throw error;
    throw new PushError(`cannot decompress the body: ${(error as Error).message}`);
  }
}

// Prometheus: everything but delimited protobuf is read as text, whatever it calls itself.
function formatOf(contentType: string): ExpositionFormat {
  const [type = "", ...parameters] = contentType.split(";").map((part) => part.trim().replaceAll('"', ""));
  const isProtobuf =
    type.toLowerCase() === "application/vnd.google.protobuf" &&
    parameters.includes("encoding=delimited") &&
    parameters.includes("proto=io.prometheus.client.MetricFamily");
  return isProtobuf ? "PrometheusProto" : "PrometheusText0.0.4";
}

const newline = 0x0a;

function parse(bytes: Uint8Array, format: ExpositionFormat): MetricFamily[] {
  const isText = format !== "PrometheusProto";
  // A last line without its end may have been cut off within a number.
  if (isText && bytes.length > 0 && bytes.at(-1) !== newline) {
    throw new PushError(`text format parsing error in line ${lineCount(bytes)}: unexpected end of input stream`);
  }
  const into = new ExpositionColumns();
  try {
    scanExposition(bytes, format, { into, cache: new SeriesCache(), nativeHistograms: "both" });
    return familiesFrom(into);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const place = isText ? `text format parsing error in line ${error.line}` : "error decoding metric family";
    throw new PushError(`${place}: ${error.message}`);
  }
}

function lineCount(bytes: Uint8Array): number {
  let count = 1;
  for (const byte of bytes) if (byte === newline) count++;
  return count;
}

function checkNames(family: MetricFamily, { hasUtf8Names }: BodyOptions): void {
  if (family.name === "" || family.name.length > labelLengthMax) throw new PushError("invalid metric name");
  if (!hasUtf8Names && !isLegacyMetricName(family.name)) {
    throw new PushError(`invalid metric name ${JSON.stringify(family.name)}`);
  }
  for (const { labels } of family.metrics) {
    if (labels.length / 2 > seriesLabelsMax) throw new PushError(`${family.name}: more than ${seriesLabelsMax} labels`);
    for (let i = 0; i < labels.length; i += 2) checkLabel(labels[i] as string, labels[i + 1] as string, hasUtf8Names);
  }
}

function checkLabel(name: string, value: string, hasUtf8Names: boolean): void {
  if (!hasUtf8Names && !isLegacyLabelName(name)) throw new PushError(`invalid label name ${JSON.stringify(name)}`);
  if (name.length > labelLengthMax || value.length > labelLengthMax) {
    throw new PushError(`label ${JSON.stringify(name.slice(0, 100))} is longer than ${labelLengthMax}`);
  }
}
