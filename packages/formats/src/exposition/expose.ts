// Metric families → the body that a scraper asked for.
import { encodeUtf8 } from "@narthex/stdx";
import type { MetricFamily } from "./family.js";
import { contentTypes, type ExpositionFormat } from "./format.js";
import { negotiateFormat, withEscaping } from "./negotiation.js";
import { printExposition } from "./printer.js";
import { encodeProtobufExposition } from "./protobuf-writer.js";

export interface Exposed {
  readonly contentType: string;
  readonly body: Uint8Array;
}

const allFormats: readonly ExpositionFormat[] = [
  "PrometheusProto",
  "OpenMetricsText1.0.0",
  "OpenMetricsText0.0.1",
  "PrometheusText1.0.0",
  "PrometheusText0.0.4",
];

/** In that of `formats`, and with the escaping of names, that the request's `Accept` prefers; text 0.0.4 always goes. */
export function exposeFamilies(
  families: Iterable<MetricFamily>,
  accept: string | undefined,
  formats: readonly ExpositionFormat[] = allFormats,
): Exposed {
  const { format, escaping } = negotiateFormat(accept, { formats });
  const scheme = withEscaping.has(format) ? `; escaping=${escaping}` : "";
  const contentType = contentTypes[format] + scheme;
  if (format === "PrometheusProto") return { contentType, body: encodeProtobufExposition(families, escaping) };
  return { contentType, body: encodeUtf8(printExposition(families, { format, escaping })) };
}
