// One entry for every exposition format: body → columns.
import type { ExpositionColumns } from "./columns.js";
import type { ExpositionFormat } from "./format.js";
import { parseOpenMetrics } from "./openmetrics-parser.js";
import { ParseError } from "./parse-error.js";
import { parseProtobuf } from "./protobuf-parser.js";
import { needsReshaping, reshapeRows } from "./reshape.js";
import type { SeriesCache } from "./series-cache.js";
import { assignSlots, type Sink } from "./sink.js";
import { parseText } from "./text-parser.js";

const parsers: Readonly<Record<ExpositionFormat, (body: Uint8Array, sink: Sink) => void>> = {
  PrometheusProto: parseProtobuf,
  "PrometheusText0.0.4": parseText,
  "PrometheusText1.0.0": parseText,
  "OpenMetricsText0.0.1": parseOpenMetrics,
  "OpenMetricsText1.0.0": parseOpenMetrics,
};

/** Replaces the content of `into`, which borrows `body`. Throws ParseError: one bad line fails the whole body. */
export function parseExposition(body: Uint8Array, format: ExpositionFormat, into: ExpositionColumns): void {
  scan(body, format, { into, cache: undefined });
}

/**
 * As `parseExposition`, with the rows' slots in the target's cache, which is left as if the body had not come when it throws.
 * Returns the slots that vanished (see SeriesCache.commit).
 */
export function scanExposition(
  body: Uint8Array,
  format: ExpositionFormat,
  sink: Sink & { readonly cache: SeriesCache },
): number[] {
  scanUncommitted(body, format, sink);
  return sink.cache.commit();
}

/** As `scanExposition`, but where the body is good the caller commits the cache, or rolls it back. */
export function scanUncommitted(
  body: Uint8Array,
  format: ExpositionFormat,
  sink: Sink & { readonly cache: SeriesCache },
): void {
  sink.cache.begin();
  sink.cache.attach(body);
  try {
    scan(body, format, sink);
  } catch (error) {
    sink.cache.rollback();
    throw error;
  }
}

function scan(body: Uint8Array, format: ExpositionFormat, sink: Sink): void {
  sink.into.clear(body);
  if (body.length > sink.into.bytesMax) {
    throw new ParseError(`body longer than ${sink.into.bytesMax} bytes`, { line: 1, column: 1 });
  }
  if (needsReshaping(format, sink)) scanAside(body, format, sink);
  else parsers[format](body, sink);
}

function scanAside(body: Uint8Array, format: ExpositionFormat, sink: Sink): void {
  const { into, cache } = sink;
  const { aside } = into;
  aside.clear(body);
  try {
    parsers[format](body, { into: aside, cache: undefined });
  } catch (error) {
    // Whoever asks what came before the fault reads it in the columns.
    reshapeRows(aside, into, {});
    throw error;
  }
  reshapeRows(aside, into, sink);
  if (cache !== undefined) assignSlots(into, cache);
}
