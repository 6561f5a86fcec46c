// Which format a body is in: asked for by the scraper, chosen by the server, read off the answer.
import { type EscapingScheme, isEscapingScheme } from "./escaping.js";
import { type ExpositionFormat, expositionFormats } from "./format.js";

const requestTypes: Readonly<Record<ExpositionFormat, string>> = {
  PrometheusProto: "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
  "PrometheusText0.0.4": "text/plain;version=0.0.4",
  "PrometheusText1.0.0": "text/plain;version=1.0.0",
  "OpenMetricsText0.0.1": "application/openmetrics-text;version=0.0.1",
  "OpenMetricsText1.0.0": "application/openmetrics-text;version=1.0.0",
};

// The older formats know no quoted names, so nothing may be said about escaping.
export const withEscaping: ReadonlySet<ExpositionFormat> = new Set([
  "PrometheusProto",
  "PrometheusText1.0.0",
  "OpenMetricsText1.0.0",
]);

/** `Accept` of a scrape that wants `protocols`, best first. */
export function acceptHeader(protocols: readonly ExpositionFormat[], escaping: EscapingScheme): string {
  const weightMax = expositionFormats.length + 1;
  const values = protocols.map((protocol, i) => {
    const scheme = withEscaping.has(protocol) ? `;escaping=${escaping}` : "";
    return `${requestTypes[protocol]}${scheme};q=0.${weightMax - i}`;
  });
  return [...values, `*/*;q=0.${weightMax - protocols.length}`].join(",");
}

/** An answer whose `Content-Type` names no format we read. */
export class ContentTypeError extends Error {
  override readonly name = "ContentTypeError";
}

export interface FormatChoice {
  readonly format: ExpositionFormat;
  /** Why the fallback had to be taken. */
  readonly warning?: string;
}

/** The format of a scraped body. Throws ContentTypeError where the type is missing or unknown and there is no fallback. */
export function formatFromContentType(contentType: string, fallback?: ExpositionFormat): FormatChoice {
  const format = formatOf(parseMediaType(contentType));
  if (format !== undefined) return { format };
  const fault =
    contentType.trim() === ""
      ? "non-compliant scrape target sending blank Content-Type"
      : `received unsupported Content-Type ${JSON.stringify(contentType)}`;
  if (fallback === undefined) {
    throw new ContentTypeError(`${fault} and no fallback_scrape_protocol specified for target`);
  }
  return { format: fallback, warning: `${fault}, using fallback_scrape_protocol ${JSON.stringify(fallback)}` };
}

interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

function parseMediaType(text: string): MediaType {
  const [type = "", ...rest] = text.split(";");
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const at = part.indexOf("=");
    if (at < 0) continue;
    const value = part.slice(at + 1).trim();
    parameters.set(part.slice(0, at).trim().toLowerCase(), value.replace(/^"(.*)"$/, "$1"));
  }
  return { type: type.trim().toLowerCase(), parameters };
}

function formatOf({ type, parameters }: MediaType): ExpositionFormat | undefined {
  const version = parameters.get("version");
  switch (type) {
    case "text/plain":
      return version === "1.0.0" ? "PrometheusText1.0.0" : "PrometheusText0.0.4";
    case "application/openmetrics-text":
      return version === "0.0.1" ? "OpenMetricsText0.0.1" : "OpenMetricsText1.0.0";
    case "application/vnd.google.protobuf":
      return "PrometheusProto";
    default:
      return undefined;
  }
}

export interface Negotiated {
  readonly format: ExpositionFormat;
  readonly escaping: EscapingScheme;
}

export interface NegotiationOptions {
  /** What the server can write; text 0.0.4 always goes. */
  readonly formats: readonly ExpositionFormat[];
  /** For readers that name no scheme. */
  readonly escaping?: EscapingScheme;
}

/** Chooses the format of an answer by the request's `Accept`, of equal weights the first. */
export function negotiateFormat(accept: string | undefined, options: NegotiationOptions): Negotiated {
  const escaping = options.escaping ?? "underscores";
  for (const range of acceptRanges(accept ?? "")) {
    const format = writableFormat(range);
    if (format === undefined || !options.formats.includes(format)) continue;
    const scheme = range.parameters.get("escaping") ?? "";
    if (!withEscaping.has(format)) return { format, escaping: escaping === "allow-utf-8" ? "underscores" : escaping };
    return { format, escaping: isEscapingScheme(scheme) ? scheme : escaping };
  }
  return { format: "PrometheusText0.0.4", escaping: escaping === "allow-utf-8" ? "underscores" : escaping };
}

function acceptRanges(accept: string): MediaType[] {
  const ranges = accept.split(",").map(parseMediaType);
  return ranges.filter((range) => weightOf(range) > 0).sort((a, b) => weightOf(b) - weightOf(a));
}

function weightOf({ parameters }: MediaType): number {
  const weight = Number(parameters.get("q") ?? "1");
  return Number.isNaN(weight) ? 0 : weight;
}

// Stricter than reading: a version that we do not write is not offered.
function writableFormat(range: MediaType): ExpositionFormat | undefined {
  const version = range.parameters.get("version");
  switch (range.type) {
    case "application/vnd.google.protobuf": {
      const isDelimited = range.parameters.get("encoding") === "delimited";
      const isFamily = range.parameters.get("proto") === "io.prometheus.client.MetricFamily";
      return isDelimited && isFamily ? "PrometheusProto" : undefined;
    }
    case "application/openmetrics-text":
      if (version === undefined || version === "1.0.0") return "OpenMetricsText1.0.0";
      return version === "0.0.1" ? "OpenMetricsText0.0.1" : undefined;
    case "text/plain":
      if (version === undefined || version === "0.0.4") return "PrometheusText0.0.4";
      return version === "1.0.0" ? "PrometheusText1.0.0" : undefined;
    case "*/*":
      return "PrometheusText0.0.4";
    default:
      return undefined;
  }
}
