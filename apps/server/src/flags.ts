// The command line of `narthex server`: Prometheus' flags, defaults included.
import { writeVersions } from "@narthex/formats";
import { parseDuration, printDuration } from "@narthex/model";
import { threadsPerQueryMax } from "@narthex/promql";
import {
  booleanFlag,
  durationFlag,
  type FlagSpec,
  type FlagTable,
  type FlagValues,
  type LogFlags,
  logFlags,
  numberFlag,
  printSize,
  sizeFlag,
  stringFlag,
  stringsFlag,
  UsageError,
} from "@narthex/service";

const hidden = { hidden: true } as const;

export type ServerFlagTable = {
  readonly "config.file": FlagSpec<string>;
  readonly "config.auto-reload": FlagSpec<boolean>;
  readonly "config.auto-reload-interval": FlagSpec<number>;
  readonly "web.listen-address": FlagSpec<readonly string[]>;
  readonly "web.config.file": FlagSpec<string>;
  readonly "web.read-timeout": FlagSpec<number>;
  readonly "web.max-connections": FlagSpec<number>;
  readonly "web.external-url": FlagSpec<string>;
  readonly "web.route-prefix": FlagSpec<string>;
  readonly "web.enable-lifecycle": FlagSpec<boolean>;
  readonly "web.enable-admin-api": FlagSpec<boolean>;
  readonly "web.enable-otlp-receiver": FlagSpec<boolean>;
  readonly "web.enable-remote-write-receiver": FlagSpec<boolean>;
  readonly "web.remote-write-receiver.accepted-protobuf-messages": FlagSpec<readonly string[]>;
  readonly "web.max-notifications-subscribers": FlagSpec<number>;
  readonly "web.user-assets": FlagSpec<string>;
  readonly "web.console.templates": FlagSpec<string>;
  readonly "web.console.libraries": FlagSpec<string>;
  readonly "web.search.max-limit": FlagSpec<number>;
  readonly "web.page-title": FlagSpec<string>;
  readonly "web.cors.origin": FlagSpec<string>;
  readonly "storage.tsdb.path": FlagSpec<string>;
  readonly "storage.tsdb.retention.time": FlagSpec<string>;
  readonly "storage.tsdb.retention.size": FlagSpec<number>;
  readonly "storage.tsdb.no-lockfile": FlagSpec<boolean>;
  readonly "storage.tsdb.delayed-compaction.max-percent": FlagSpec<number>;
  readonly "storage.tsdb.wal-compression": FlagSpec<boolean>;
  readonly "storage.tsdb.wal-compression-type": FlagSpec<"snappy" | "zstd">;
  readonly "storage.tsdb.wal-segment-size": FlagSpec<number>;
  readonly "storage.tsdb.min-block-duration": FlagSpec<number>;
  readonly "storage.tsdb.delay-compact-file.path": FlagSpec<string>;
  readonly "storage.tsdb.head-series-max": FlagSpec<number>;
  readonly "storage.tsdb.max-block-duration": FlagSpec<number>;
  readonly "storage.agent.path": FlagSpec<string>;
  readonly "storage.agent.wal-segment-size": FlagSpec<number>;
  readonly "storage.agent.wal-compression": FlagSpec<boolean>;
  readonly "storage.agent.wal-compression-type": FlagSpec<"snappy" | "zstd">;
  readonly "storage.agent.wal-truncate-frequency": FlagSpec<number>;
  readonly "storage.agent.retention.min-time": FlagSpec<number>;
  readonly "storage.agent.retention.max-time": FlagSpec<number>;
  readonly "storage.agent.checkpoint-from-in-memory-series": FlagSpec<boolean>;
  readonly "storage.agent.checkpoint-batch-size": FlagSpec<number>;
  readonly "storage.agent.no-lockfile": FlagSpec<boolean>;
  readonly "rules.alert.for-outage-tolerance": FlagSpec<number>;
  readonly "rules.alert.for-grace-period": FlagSpec<number>;
  readonly "rules.alert.history-size-max": FlagSpec<number>;
  readonly "rules.max-concurrent-evals": FlagSpec<number>;
  readonly "rules.alert.resend-delay": FlagSpec<number>;
  readonly "alertmanager.notification-queue-capacity": FlagSpec<number>;
  readonly "alertmanager.notification-batch-size": FlagSpec<number>;
  readonly "alertmanager.drain-notification-queue-on-shutdown": FlagSpec<boolean>;
  readonly "query.lookback-delta": FlagSpec<number>;
  readonly "query.timeout": FlagSpec<number>;
  readonly "query.max-concurrency": FlagSpec<number>;
  readonly "query.threads-per-query": FlagSpec<number>;
  readonly "query.max-samples": FlagSpec<number>;
  readonly "storage.remote.flush-deadline": FlagSpec<number>;
  readonly "storage.remote.resume": FlagSpec<boolean>;
  readonly "storage.remote.read-sample-limit": FlagSpec<number>;
  readonly "storage.remote.read-concurrent-limit": FlagSpec<number>;
  readonly "storage.remote.read-max-bytes-in-frame": FlagSpec<number>;
  readonly "scrape.adjust-timestamps": FlagSpec<boolean>;
  readonly "scrape.timestamp-tolerance": FlagSpec<number>;
  readonly "scrape.discovery-reload-interval": FlagSpec<number>;
  readonly "enable-feature": FlagSpec<readonly string[]>;
  readonly agent: FlagSpec<boolean>;
} & LogFlags;

// One of the choices.
const walCompressionType = stringFlag(
  "snappy",
  "Compression algorithm of the WAL: snappy, or zstd with Node.js 22.15 or later.",
  { ...hidden, choices: ["snappy", "zstd"] },
) as FlagSpec<"snappy" | "zstd">;

const acted: ServerFlagTable = {
  "config.file": stringFlag("prometheus.yml", "Prometheus configuration file path."),
  "config.auto-reload": booleanFlag(false, "Reload by itself when the configuration or a file it names changes."),
  "config.auto-reload-interval": durationFlag("30s", "Interval at which --config.auto-reload looks for changes."),
  "web.listen-address": stringsFlag(["0.0.0.0:9090"], "Address to listen on for UI, API and telemetry; repeatable."),
  "web.config.file": stringFlag("", "Path to a file that enables TLS or authentication."),
  "web.read-timeout": durationFlag("5m", "Maximum time to read a request, and to keep an idle connection."),
  "web.max-connections": numberFlag(512, "Maximum number of simultaneous connections across all listeners."),
  "web.external-url": stringFlag("", "URL under which the server is reached from outside, such as behind a proxy."),
  "web.route-prefix": stringFlag("", "Prefix of all routes; the path of --web.external-url unless set."),
  "web.enable-lifecycle": booleanFlag(false, "Enable shutdown and reload via HTTP request."),
  "web.enable-admin-api": booleanFlag(false, "Enable API endpoints for deletion and snapshots."),
  "web.enable-otlp-receiver": booleanFlag(false, "Take metrics that others send by OTLP over HTTP."),
  "web.enable-remote-write-receiver": booleanFlag(false, "Take samples that others send by remote write."),
  "web.remote-write-receiver.accepted-protobuf-messages": stringsFlag(
    ["prometheus.WriteRequest"],
    `Message that remote write may send: ${writeVersions.join(" or ")}; repeatable.`,
  ),
  "web.max-notifications-subscribers": numberFlag(16, "Maximum number of readers of live notifications."),
  "web.user-assets": stringFlag("", "Path to a folder of files that are served at /user."),
  "web.console.templates": stringFlag("consoles", "Path to the folder of console templates, served at /consoles."),
  "web.console.libraries": stringFlag("console_libraries", "Path to the folder of console libraries."),
  "web.search.max-limit": numberFlag(10_000, "Largest limit that the search API takes."),
  "web.page-title": stringFlag("Narthex", "Title of the UI's pages."),
  "web.cors.origin": stringFlag(".*", "Regex for CORS origin. It is fully anchored."),
  "storage.tsdb.path": stringFlag("data/", "Base path for metrics storage."),
  "storage.tsdb.retention.time": stringFlag("", "How long samples are kept; 15d unless set here or in the config."),
  "storage.tsdb.retention.size": sizeFlag("0", "Maximum number of bytes for blocks; 0 for no limit."),
  "storage.tsdb.no-lockfile": booleanFlag(false, "Do not create a lock file in the data directory."),
  "storage.tsdb.delayed-compaction.max-percent": numberFlag(
    10,
    "With --enable-feature=delayed-compaction, wait for up to this share of a block's length.",
    hidden,
  ),
  "storage.tsdb.wal-compression": booleanFlag(true, "Compress the WAL.", hidden),
  "storage.tsdb.wal-compression-type": walCompressionType,
  "storage.tsdb.wal-segment-size": sizeFlag("128MB", "Size at which a WAL segment ends.", hidden),
  "storage.tsdb.min-block-duration": durationFlag("2h", "Length of the smallest block.", hidden),
  "storage.tsdb.max-block-duration": durationFlag(
    "0s",
    "Length of the largest block; from the retention if 0.",
    hidden,
  ),
  "storage.tsdb.delay-compact-file.path": stringFlag(
    "",
    "JSON file of uploaded blocks, Thanos' for instance: others of the first level are not compacted yet.",
  ),
  "storage.tsdb.head-series-max": numberFlag(0, "Series in memory, at most; new ones are refused. 0 for no limit."),
  "storage.agent.path": stringFlag("data-agent/", "Base path of the agent's log."),
  "storage.agent.wal-segment-size": sizeFlag("128MB", "Size at which a segment of the agent's WAL ends.", hidden),
  "storage.agent.wal-compression": booleanFlag(true, "Compress the agent's WAL."),
  "storage.agent.wal-compression-type": walCompressionType,
  "storage.agent.wal-truncate-frequency": durationFlag("2h", "How often the older part of the WAL goes.", hidden),
  "storage.agent.retention.min-time": durationFlag("5m", "Age that samples have at least when they may go."),
  "storage.agent.retention.max-time": durationFlag("4h", "Age at which samples go, whether they were sent or not."),
  "storage.agent.checkpoint-from-in-memory-series": booleanFlag(
    false,
    "Make checkpoints from the series in memory alone, without reading the WAL again.",
  ),
  "storage.agent.checkpoint-batch-size": numberFlag(1000, "Series in one record of such a checkpoint."),
  "storage.agent.no-lockfile": booleanFlag(false, "Do not create a lock file in the agent's directory."),
  "rules.alert.for-outage-tolerance": durationFlag("1h", "Longest outage after which the for state is restored."),
  "rules.alert.for-grace-period": durationFlag("10m", "Minimum time between a restored alert and its firing."),
  "rules.alert.history-size-max": sizeFlag("64MB", "Bytes of alert history that are kept on disk; 0 for none."),
  "rules.max-concurrent-evals": numberFlag(4, "Rules evaluated at once, with the feature concurrent-rule-eval."),
  "rules.alert.resend-delay": durationFlag("1m", "Minimum time before an alert is sent again."),
  "alertmanager.notification-queue-capacity": numberFlag(10_000, "Alerts that wait for one Alertmanager."),
  "alertmanager.notification-batch-size": numberFlag(256, "Alerts in one request to an Alertmanager."),
  "alertmanager.drain-notification-queue-on-shutdown": booleanFlag(true, "Send what waits before shutting down."),
  "query.lookback-delta": durationFlag("5m", "How far back an expression looks for the newest sample."),
  "query.timeout": durationFlag("2m", "Maximum time a query may take."),
  "query.max-concurrency": numberFlag(20, "Maximum number of queries at once."),
  "query.threads-per-query": numberFlag(
    0,
    `Threads that work on one query, where others are free; 0 for one less than there are cores, ${threadsPerQueryMax} at most.`,
  ),
  "query.max-samples": numberFlag(50_000_000, "Maximum number of samples that one query holds in memory."),
  "storage.remote.flush-deadline": durationFlag("1m", "How long samples are sent on at a shutdown."),
  "storage.remote.resume": booleanFlag(
    false,
    "After a start, send on from where each remote_write stopped, as far as the WAL reaches; without it, from the start on.",
  ),
  "storage.remote.read-sample-limit": numberFlag(
    5e7,
    "Maximum number of samples that a query of remote read returns, where chunks are not asked for; 0 for no limit.",
  ),
  "storage.remote.read-concurrent-limit": numberFlag(10, "Maximum number of remote reads at once; 0 for no limit."),
  "storage.remote.read-max-bytes-in-frame": numberFlag(
    1_048_576,
    "Bytes of chunks after which a frame of a streamed remote read ends.",
  ),
  "scrape.adjust-timestamps": booleanFlag(true, "Align scrape times within the tolerance.", hidden),
  "scrape.timestamp-tolerance": durationFlag("2ms", "Deviation that is aligned away.", hidden),
  "scrape.discovery-reload-interval": durationFlag("5s", "Minimum time between two updates of targets.", hidden),
  "enable-feature": stringsFlag([], "Comma separated feature names to enable."),
  agent: booleanFlag(false, "Run as an agent: scrape and send on by remote write, without storage to query."),
  ...logFlags,
};

// Settings of Go's runtime and of files we do not have: taken so that command lines go on working.
const ignored = {
  "auto-gomaxprocs": booleanFlag(true, "Go only: no effect.", hidden),
  "auto-gomemlimit": booleanFlag(true, "Go only: no effect.", hidden),
  "auto-gomemlimit.ratio": numberFlag(0.9, "Go only: no effect.", hidden),
  "auto-gomemlimit.refresh-interval": durationFlag("0s", "Go only: no effect.", hidden),
  "storage.tsdb.allow-overlapping-compaction": booleanFlag(true, "Always so: no effect.", hidden),
  "storage.tsdb.allow-overlapping-blocks": booleanFlag(true, "Always so: no effect.", hidden),
  "storage.tsdb.head-chunks-write-queue-size": numberFlag(0, "There is no such queue: no effect.", hidden),
  "storage.tsdb.max-block-chunk-segment-size": sizeFlag("512MB", "Always 512 MiB: no effect.", hidden),
  "storage.tsdb.block-reload-interval": durationFlag("1m", "Always a minute: no effect.", hidden),
  "storage.tsdb.samples-per-chunk": numberFlag(120, "Always 120: no effect.", hidden),
};

const modes = [
  { mode: "server", pattern: /^(?:storage\.tsdb|storage\.remote\.read-|rules|alertmanager|query)/ },
  { mode: "agent", pattern: /^storage\.agent\./ },
] as const;

/** Help says which flags are for one mode only. */
function withModes(table: ServerFlagTable): ServerFlagTable {
  const entries = Object.entries<FlagSpec>(table).map(([name, spec]) => {
    const only = modes.find(({ pattern }) => pattern.test(name));
    return [name, only ? { ...spec, help: `${spec.help} Use with ${only.mode} mode only.` } : spec];
  });
  // The same names and kinds.
  return Object.fromEntries(entries) as ServerFlagTable;
}

export const serverFlags: ServerFlagTable = withModes({ ...acted, ...ignored });

export type ServerFlags = FlagValues<ServerFlagTable>;

/** Throws UsageError for values that are none. */
export function checkFlags(flags: ServerFlags): void {
  for (const message of flags["web.remote-write-receiver.accepted-protobuf-messages"]) {
    if (writeVersions.some((version) => version === message)) continue;
    throw new UsageError(
      `--web.remote-write-receiver.accepted-protobuf-messages: unknown remote write protobuf message ${message}, supported: ${writeVersions.join(", ")}`,
    );
  }
  retentionMsOf(flags);
  walSegmentBytesOf(flags);
  if (flags["query.max-concurrency"] < 1) throw new UsageError("--query.max-concurrency must be at least 1");
  const batchSize = flags["storage.agent.checkpoint-batch-size"];
  if (batchSize < 1) throw new UsageError("--storage.agent.checkpoint-batch-size must be at least 1");
  const delayPercent = flags["storage.tsdb.delayed-compaction.max-percent"];
  if (delayPercent < 1 || delayPercent > 100) {
    throw new UsageError("--storage.tsdb.delayed-compaction.max-percent must be between 1 and 100");
  }
  const threads = flags["query.threads-per-query"];
  if (threads < 0 || threads > threadsPerQueryMax) {
    throw new UsageError(`--query.threads-per-query must be between 0 and ${threadsPerQueryMax}`);
  }
  if (flags["web.external-url"] !== "") externalUrlOf(flags);
}

/** Throws UsageError for flags of the other mode. `given`: names of the flags that the user typed. */
export function checkMode(flags: ServerFlags, given: readonly string[]): void {
  const own = flags.agent ? "agent" : "server";
  const others = given.filter((name) => modes.some(({ mode, pattern }) => mode !== own && pattern.test(name)));
  if (others.length === 0) return;
  const list = others.map((name) => `"--${name}"`).join(" ");
  const what = flags.agent ? "can not be used in agent mode" : "can only be used in agent mode";
  // Prometheus: cmd/prometheus/main.go, text and code.
  throw new UsageError(`The following flag(s) ${what}: [${list}]`, { exitCode: 3 });
}

const mebibyte = 1024 * 1024;
const walSegmentBytesDefault = 128 * mebibyte;

/** Of the log of this mode. Throws UsageError outside Prometheus' bounds, with its text. */
export function walSegmentBytesOf(flags: WalSegmentFlags): number {
  const name = flags.agent ? "storage.agent.wal-segment-size" : "storage.tsdb.wal-segment-size";
  const bytes = flags[name] || walSegmentBytesDefault;
  if (bytes >= 10 * mebibyte && bytes <= 256 * mebibyte) return bytes;
  throw new UsageError(`flag '${name}' must be set between 10MB and 256MB`);
}

type WalSegmentFlags = Pick<ServerFlags, "agent" | "storage.agent.wal-segment-size" | "storage.tsdb.wal-segment-size">;

/** 0 where the flag is not set. */
export function retentionMsOf(flags: ServerFlags): number {
  const source = flags["storage.tsdb.retention.time"];
  if (source === "") return 0;
  try {
    return parseDuration(source);
  } catch (error) {
    throw new UsageError(`--storage.tsdb.retention.time: ${(error as Error).message}`, { cause: error });
  }
}

/** Undefined where the flag is not set. */
export function externalUrlOf(flags: ServerFlags): URL | undefined {
  const source = flags["web.external-url"];
  if (source === "") return undefined;
  // As in Prometheus a bare path is fine: "/prometheus".
  const text = source.startsWith("/") ? `http://localhost${source}` : source;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new UsageError(`--web.external-url: ${JSON.stringify(source)} is not an http or https URL`);
  }
  return new URL(text);
}

export function featureNamesOf(flags: ServerFlags): Set<string> {
  const names = flags["enable-feature"].flatMap((list) => list.split(","));
  return new Set(names.map((name) => name.trim()).filter((name) => name !== ""));
}

/** As /api/v1/status/flags shows them. */
export function printFlags(flags: ServerFlags): Record<string, string> {
  const table: FlagTable = serverFlags;
  const values = flags as Readonly<Record<string, unknown>>;
  const entries = Object.entries(table).map(([name, spec]) => [name, printValue(spec, values[name] ?? spec.initial)]);
  return Object.fromEntries(entries.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1))) as Record<string, string>;
}

function printValue(spec: FlagSpec, value: unknown): string {
  if (spec.kind === "duration") return printDuration(value as number);
  if (spec.kind === "size") return printSize(value as number);
  return Array.isArray(value) ? value.join(",") : String(value);
}
