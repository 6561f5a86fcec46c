// --enable-feature: which names are known, and what those that are on mean for the rooms.
import { type PromqlFeature, promqlFeatures } from "@narthex/promql";
import { type Logger, UsageError } from "@narthex/service";
import type { ChunkForm } from "@narthex/tsdb";
import { featureNamesOf, type ServerFlags } from "./flags.js";

export type EnabledFeatures = {
  /** An agent keeps them always, as Prometheus' does. */
  readonly keepsExemplars: boolean;
  /** Metadata goes to an agent's log, too; a server's has it always. */
  readonly logsMetadata: boolean;
  /** Start times of scraped samples are stored. */
  readonly storesStartTimes: boolean;
  /** Scraped series that count up get a start time where their target tells none. */
  readonly synthesizesStarts: boolean;
  readonly hasExtraScrapeMetrics: boolean;
  readonly addsTypeAndUnit: boolean;
  /** A scrape stores a zero at the time when a target says that it began to count. */
  readonly startsAtZero: boolean;
  /** What floats are encoded as where the configuration does not say, and whether histograms have room for start times. */
  readonly chunkForm: ChunkForm;
  readonly promql: ReadonlySet<PromqlFeature>;
  readonly delayedNameRemoval: boolean;
  readonly useStartTimestamps: boolean;
  /** Rules of one group, where none needs another's result. */
  readonly evaluatesConcurrently: boolean;
  readonly hasSearch: boolean;
  /** Statistics of a query count samples for each step, where a request asks for all of them. */
  readonly countsSteps: boolean;
  /** What becomes of OTLP's delta temporality. */
  readonly otlpDeltas: "refused" | "stored" | "accumulated";
  /** The head waits by chance before it becomes a block. */
  readonly delaysCompaction: boolean;
};

/** Always on here, or a setting of something that works without it; there is one UI. */
const withoutEffect = new Set([
  "old-ui",
  "native-histograms",
  "ooo-native-histograms",
  "promql-duration-expr",
  "promql-at-modifier",
  "promql-negative-offset",
  "auto-gomaxprocs",
  "auto-gomemlimit",
  "memory-snapshot-on-shutdown",
  "use-uncached-io",
  "fast-startup",
]);

const acted = new Set([
  "delayed-compaction",
  "created-timestamp-zero-ingestion",
  "exemplar-storage",
  "metadata-wal-records",
  "st-storage",
  "st-synthesis",
  "type-and-unit-labels",
  "xor2-encoding",
  "histograms-st-encoding",
  "extra-scrape-metrics",
  "promql-delayed-name-removal",
  "use-start-timestamps",
  "auto-reload-config",
  "concurrent-rule-eval",
  "search-api",
  "promql-per-step-stats",
  "otlp-deltatocumulative",
  "otlp-native-delta-ingestion",
  ...promqlFeatures.map((name) => `promql-${name}`),
]);

/** Throws UsageError for two features that exclude each other; an unknown name is only warned of, as in Prometheus. */
export function enabledFeatures(flags: ServerFlags, logger: Logger): EnabledFeatures {
  const names = featureNamesOf(flags);
  for (const name of names) {
    if (withoutEffect.has(name)) logger.info({ option: name }, "This option for --enable-feature has no effect");
    else if (!acted.has(name)) logger.warn({ option: name }, "Unknown option for --enable-feature");
  }
  return {
    keepsExemplars: flags.agent || names.has("exemplar-storage"),
    logsMetadata: names.has("metadata-wal-records"),
    storesStartTimes: names.has("st-storage"),
    synthesizesStarts: names.has("st-synthesis"),
    chunkForm: {
      floats: names.has("xor2-encoding") ? "xor2" : "xor",
      histogramStarts: names.has("histograms-st-encoding"),
    },
    startsAtZero: names.has("created-timestamp-zero-ingestion"),
    addsTypeAndUnit: names.has("type-and-unit-labels"),
    hasExtraScrapeMetrics: names.has("extra-scrape-metrics"),
    promql: new Set(promqlFeatures.filter((name) => names.has(`promql-${name}`))),
    delayedNameRemoval: names.has("promql-delayed-name-removal"),
    hasSearch: names.has("search-api"),
    countsSteps: names.has("promql-per-step-stats"),
    evaluatesConcurrently: names.has("concurrent-rule-eval"),
    useStartTimestamps: names.has("use-start-timestamps"),
    otlpDeltas: otlpDeltasOf(names),
    delaysCompaction: names.has("delayed-compaction"),
  };
}

function otlpDeltasOf(names: ReadonlySet<string>): EnabledFeatures["otlpDeltas"] {
  const [accumulated, stored] = ["otlp-deltatocumulative", "otlp-native-delta-ingestion"] as const;
  if (names.has(accumulated) && names.has(stored)) {
    throw new UsageError(`cannot enable ${accumulated} and ${stored} features at the same time`);
  }
  return names.has(accumulated) ? "accumulated" : names.has(stored) ? "stored" : "refused";
}
