// The server's command line: Prometheus' flags with Prometheus' defaults.
// Flags of features that are not built yet stand here all the same, so that a command line loads; `refuseUnsupported`
// says no where ignoring one would change what the user gets.
import {
  booleanFlag,
  durationFlag,
  type FlagSpec,
  type FlagTable,
  type FlagValues,
  logFormats,
  logLevels,
  numberFlag,
  stringFlag,
  stringsFlag,
  UsageError,
} from "@narthex/service";

const isOn = { hidden: true } as const;

type Text = FlagSpec<string>;
type Texts = FlagSpec<readonly string[]>;
type Switch = FlagSpec<boolean>;
/** Durations in ms, sizes in bytes. */
type Quantity = FlagSpec<number>;

export type ServerFlags = {
  readonly "config.file": Text;
  readonly "config.auto-reload": Switch;
  readonly "config.auto-reload-interval": Quantity;
  readonly "web.listen-address": Texts;
  readonly "web.config.file": Text;
  readonly "web.read-timeout": Quantity;
  readonly "web.max-connections": Quantity;
  readonly "web.external-url": Text;
  readonly "web.route-prefix": Text;
  readonly "web.enable-lifecycle": Switch;
  readonly "web.enable-admin-api": Switch;
  readonly "web.page-title": Text;
  readonly "web.cors.origin": Text;
  readonly "storage.tsdb.path": Text;
  readonly "storage.tsdb.retention.time": Text;
  readonly "storage.tsdb.retention.size": Text;
  readonly "storage.tsdb.wal-compression": Switch;
  readonly "storage.tsdb.min-block-duration": Quantity;
  readonly "storage.tsdb.max-block-duration": Text;
  readonly "storage.tsdb.head-series-max": Quantity;
  readonly "rules.alert.for-outage-tolerance": Quantity;
  readonly "rules.alert.for-grace-period": Quantity;
  readonly "rules.alert.resend-delay": Quantity;
  readonly "rules.max-concurrent-evals": Quantity;
  readonly "alertmanager.notification-queue-capacity": Quantity;
  readonly "alertmanager.notification-batch-size": Quantity;
  readonly "alertmanager.drain-notification-queue-on-shutdown": Switch;
  readonly "query.lookback-delta": Quantity;
  readonly "query.timeout": Quantity;
  readonly "query.max-concurrency": Quantity;
  readonly "query.max-samples": Quantity;
  readonly "scrape.discovery-reload-interval": Quantity;
  readonly "scrape.adjust-timestamps": Switch;
  readonly "scrape.timestamp-tolerance": Quantity;
  readonly "enable-feature": Texts;
  readonly "log.level": Text;
  readonly "log.format": Text;
};

export const serverFlags: ServerFlags & FlagTable = {
  "config.file": stringFlag("prometheus.yml", "Prometheus configuration file."),
  "config.auto-reload": booleanFlag(false, "Reload when the configuration, or a file that it names, has changed."),
  "config.auto-reload-interval": durationFlag("30s", "How often to look for changes, with --config.auto-reload."),
  "web.listen-address": stringsFlag(["0.0.0.0:9090"], "Address of UI, API and metrics; may be repeated."),
  "web.config.file": stringFlag("", "File that sets TLS, users and headers of the HTTP server."),
  "web.read-timeout": durationFlag("5m", "Time a client has to send its request."),
  "web.max-connections": numberFlag(512, "Connections open at once, over all addresses."),
  "web.external-url": stringFlag("", "URL under which users reach the server, such as through a proxy; used in links."),
  "web.route-prefix": stringFlag("", "Prefix of all routes; the path of --web.external-url by default."),
  "web.enable-lifecycle": booleanFlag(false, "Allow reload and shutdown by HTTP request."),
  "web.enable-admin-api": booleanFlag(false, "Allow deletion and snapshots by HTTP request."),
  "web.page-title": stringFlag("Prometheus Time Series Collection and Processing Server", "Title of the UI.", isOn),
  "web.cors.origin": stringFlag(".*", "Origins that may call the API from a browser, as a regular expression."),
  "storage.tsdb.path": stringFlag("data/", "Directory of the samples."),
  "storage.tsdb.retention.time": stringFlag("", "How long samples are kept; 15d when no size is set either."),
  "storage.tsdb.retention.size": stringFlag("", "How many bytes of samples are kept, such as 512MB."),
  "storage.tsdb.wal-compression": booleanFlag(true, "Compress the write-ahead log.", isOn),
  "storage.tsdb.min-block-duration": durationFlag("2h", "Time range of the smallest block.", isOn),
  "storage.tsdb.max-block-duration": stringFlag("", "Time range of the largest block.", isOn),
  "storage.tsdb.head-series-max": numberFlag(
    0,
    "Series in memory, at most; new ones beyond are refused. 0 for no limit.",
  ),
  "rules.alert.for-outage-tolerance": durationFlag("1h", "Restore the state of `for` after an outage up to this long."),
  "rules.alert.for-grace-period": durationFlag("10m", "Alerts with a shorter `for` begin anew after a restart."),
  "rules.alert.resend-delay": durationFlag("1m", "Least time between two sendings of a firing alert."),
  "rules.max-concurrent-evals": numberFlag(4, "Independent rules evaluated at once.", isOn),
  "alertmanager.notification-queue-capacity": numberFlag(10_000, "Alerts that may wait for each Alertmanager."),
  "alertmanager.notification-batch-size": numberFlag(256, "Alerts sent in one request."),
  "alertmanager.drain-notification-queue-on-shutdown": booleanFlag(true, "Send what waits before the server ends."),
  "query.lookback-delta": durationFlag("5m", "How far a query looks back for the last sample."),
  "query.timeout": durationFlag("2m", "Time a query may take."),
  "query.max-concurrency": numberFlag(20, "Queries evaluated at once."),
  "query.max-samples": numberFlag(50_000_000, "Samples that one query may hold in memory."),
  "scrape.discovery-reload-interval": durationFlag("5s", "Least time between two updates of the targets.", isOn),
  "scrape.adjust-timestamps": booleanFlag(true, "Align scrape timestamps to their interval.", isOn),
  "scrape.timestamp-tolerance": durationFlag("2ms", "How far a timestamp may be moved for that.", isOn),
  "enable-feature": stringsFlag([], "Feature names, separated by commas; may be repeated."),
  "log.level": stringFlag("info", "Only log messages of this severity or above.", { choices: logLevels }),
  "log.format": stringFlag("logfmt", "Format of log messages.", { choices: logFormats }),
};

export type ServerFlagValues = FlagValues<ServerFlags>;

// On by themselves here, or without effect as in Prometheus.
const harmlessFeatures = new Set([
  "native-histograms",
  "ooo-native-histograms",
  "promql-duration-expr",
  "auto-reload-config",
  "extra-scrape-metrics",
  "auto-gomaxprocs",
  "auto-gomemlimit",
  "no-default-scrape-port",
  "new-service-discovery-manager",
]);

/** Feature names of the command line that PromQL knows, without their prefix. Throws UsageError for those not built yet. */
export function promqlFeatureNames(flags: ServerFlagValues): string[] {
  const names = flags["enable-feature"]
    .flatMap((text) => text.split(","))
    .map((name) => name.trim())
    .filter(Boolean);
  const known = names.filter((name) => name in promqlFeatureFlags);
  const unknown = names.find((name) => !(name in promqlFeatureFlags) && !harmlessFeatures.has(name));
  if (unknown !== undefined)
    throw new UsageError(`--enable-feature: ${JSON.stringify(unknown)} is unknown or not supported yet`);
  return known.map((name) => promqlFeatureFlags[name] as string);
}

const promqlFeatureFlags: Readonly<Record<string, string>> = {
  "promql-experimental-functions": "experimental-functions",
  "promql-extended-range-selectors": "extended-range-selectors",
  "promql-binop-fill-modifiers": "binop-fill-modifiers",
  "promql-delayed-name-removal": "delayed-name-removal",
};
