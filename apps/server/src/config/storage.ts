// The storage section. Goes to: main, which opens the TSDB with it.

import { quote } from "@narthex/model";
import { parseSelector } from "@narthex/promql";
import { type Decoder, d, parseSize } from "@narthex/service";
import type { ShapeOf } from "./shape.js";

export type FloatEncoding = "xor" | "xor2";

/** Durations in ms, sizes in bytes; 0 for not set. */
export type RetentionConfig = { readonly time: number; readonly size: number; readonly percentage: number };

/** Series that the selector `match` finds are kept for `time` ms. */
export type RetentionRuleConfig = { readonly match: string; readonly time: number };

export type StorageConfig = {
  readonly tsdb:
    | {
        readonly out_of_order_time_window: number;
        readonly stale_series_compaction_threshold: number;
        readonly chunk_encoding: { readonly floats: FloatEncoding | undefined } | undefined;
        readonly retention: RetentionConfig | undefined;
        readonly retention_rules: readonly RetentionRuleConfig[];
      }
    | undefined;
  readonly exemplars: { readonly max_exemplars: number } | undefined;
};

const size = d.refine(d.string, (text, fail) => {
  if (text.startsWith("-")) fail("'storage.tsdb.retention.size' must be greater than or equal to 0");
  try {
    return parseSize(text);
  } catch (error) {
    return fail((error as Error).message);
  }
});

const percentage = d.refine(d.number, (value, fail) =>
  value < 0 || value > 100 ? fail("'storage.tsdb.retention.percentage' must be in the range [0, 100]") : value,
);

const staleThreshold = d.refine(d.number, (value, fail) =>
  value < 0 || value > 1 ? fail("'storage.tsdb.stale_series_compaction_threshold' must be in the range [0, 1]") : value,
);

const retention = d.object("config.TSDBRetentionConfig", {
  time: d.withDefault(d.duration, 0),
  size: d.withDefault(size, 0),
  percentage: d.withDefault(percentage, 0),
});

const selector = d.refine(d.string, (text, fail) => {
  try {
    parseSelector(text);
  } catch (error) {
    fail((error as Error).message);
  }
  return text;
});

const positiveDuration = d.refine(d.duration, (ms, fail) => (ms > 0 ? ms : fail("retention time must be above 0")));

// Differs: see docs/compatibility.md#retention-by-matcher. Prometheus has no such field.
const retentionRule = d.object("config.RetentionRule", { match: selector, time: positiveDuration });

const floats = d.refine(d.string, (name, fail) => {
  if (name === "xor" || name === "xor2") return name;
  const rule = "'storage.tsdb.chunk_encoding.floats' must be 'xor' or 'xor2', or the field must be omitted entirely";
  return fail(`${rule}, got ${quote(name)}`);
});

const tsdb = d.object("config.plain", {
  out_of_order_time_window: d.withDefault(d.duration, 0),
  stale_series_compaction_threshold: d.withDefault(staleThreshold, 0),
  chunk_encoding: d.optional(d.object("config.ChunkEncodingConfig", { floats: d.optional(floats) })),
  retention: d.optional(retention),
  retention_rules: d.withDefault(d.list(retentionRule), []),
});

const shape: ShapeOf<StorageConfig> = {
  tsdb: d.optional(tsdb),
  // Exemplars are kept only with --enable-feature=exemplar-storage; without it the bound bounds nothing.
  exemplars: d.optional(d.object("config.ExemplarsConfig", { max_exemplars: d.withDefault(d.integer, 100_000) })),
};

export const storageSection: Decoder<StorageConfig> = d.object("config.plain", shape);
