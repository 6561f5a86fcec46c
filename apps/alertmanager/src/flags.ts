// The command line of `narthex alertmanager`: Alertmanager's flags.
import {
  booleanFlag,
  durationFlag,
  type FlagSpec,
  type FlagValues,
  type LogFlags,
  logFlags,
  numberFlag,
  stringFlag,
  stringsFlag,
} from "@narthex/service";

export type AlertmanagerFlagTable = {
  readonly "config.file": FlagSpec<string>;
  readonly "storage.path": FlagSpec<string>;
  readonly "data.retention": FlagSpec<number>;
  readonly "data.maintenance-interval": FlagSpec<number>;
  readonly "silences.max-silences": FlagSpec<number>;
  readonly "silences.max-silence-size-bytes": FlagSpec<number>;
  readonly "log.silences": FlagSpec<boolean>;
  readonly "alerts.gc-interval": FlagSpec<number>;
  readonly "alerts.per-alertname-limit": FlagSpec<number>;
  readonly "alerts.max-alerts": FlagSpec<number>;
  readonly "dispatch.maintenance-interval": FlagSpec<number>;
  readonly "dispatch.start-delay": FlagSpec<number>;
  readonly "web.listen-address": FlagSpec<readonly string[]>;
  readonly "web.config.file": FlagSpec<string>;
  readonly "web.external-url": FlagSpec<string>;
  readonly "web.route-prefix": FlagSpec<string>;
  readonly "web.get-concurrency": FlagSpec<number>;
  readonly "web.timeout": FlagSpec<number>;
  readonly "enable-feature": FlagSpec<string>;
} & LogFlags &
  Readonly<Record<`cluster.${string}`, FlagSpec>>;

// Accepted so that a command line made for Alertmanager starts; there is no cluster yet.
const clusterFlags = {
  "cluster.listen-address": stringFlag("0.0.0.0:9094", "Listen address for cluster. Empty: no cluster."),
  "cluster.advertise-address": stringFlag("", "Explicit address to advertise in cluster."),
  "cluster.peer-name": stringFlag("", "Name of this peer."),
  "cluster.peer": stringsFlag([], "Initial peers (may be repeated)."),
  "cluster.peer-timeout": durationFlag("15s", "Time to wait between peers to send notifications."),
  "cluster.peers-resolve-timeout": durationFlag("15s", "Time to resolve peers."),
  "cluster.gossip-interval": durationFlag("200ms", "Interval between sending gossip messages."),
  "cluster.pushpull-interval": durationFlag("1m", "Interval for gossip state syncs."),
  "cluster.tcp-timeout": durationFlag("10s", "Timeout for establishing a stream connection with a remote node."),
  "cluster.probe-timeout": durationFlag("500ms", "Timeout to wait for an ack from a probed node."),
  "cluster.probe-interval": durationFlag("1s", "Interval between random node probes."),
  "cluster.settle-timeout": durationFlag("1m", "Maximum time to wait for cluster connections to settle."),
  "cluster.reconnect-interval": durationFlag("10s", "Interval between attempting to reconnect to lost peers."),
  "cluster.reconnect-timeout": durationFlag("6h", "Length of time to attempt to reconnect to a lost peer."),
  "cluster.tls-config": stringFlag("", "Path to config yaml file that can enable mutual TLS within the gossip."),
  "cluster.allow-insecure-public-advertise-address-discovery": booleanFlag(false, "Allow public addresses."),
  "cluster.label": stringFlag("", "The cluster label."),
};

export const alertmanagerFlags: AlertmanagerFlagTable = {
  "config.file": stringFlag("alertmanager.yml", "Alertmanager configuration file name."),
  "storage.path": stringFlag("data/", "Base path for data storage."),
  "data.retention": durationFlag("120h", "How long to keep data for."),
  "data.maintenance-interval": durationFlag("15m", "Interval between garbage collection and rewriting of the state."),
  "silences.max-silences": numberFlag(0, "Maximum number of silences, including expired ones. 0: no limit."),
  "silences.max-silence-size-bytes": numberFlag(65536, "Maximum size of a silence in bytes. 0: no limit."),
  "log.silences": booleanFlag(false, "Log silences that are made, changed and expired."),
  "alerts.gc-interval": durationFlag("30m", "Interval between removals of resolved alerts."),
  "alerts.per-alertname-limit": numberFlag(0, "Maximum number of alerts of one name. 0: no limit."),
  "alerts.max-alerts": numberFlag(1_000_000, "Maximum number of alerts."),
  "dispatch.maintenance-interval": durationFlag("30s", "Interval between removals of empty aggregation groups."),
  "dispatch.start-delay": durationFlag("0s", "Time after the start in which no notification is sent."),
  "web.listen-address": stringsFlag([":9093"], "Addresses on which to expose metrics and API (may be repeated)."),
  "web.config.file": stringFlag("", "Path to configuration file that can enable TLS or authentication."),
  "web.external-url": stringFlag("", "The URL under which Alertmanager is externally reachable."),
  "web.route-prefix": stringFlag("", "Prefix for the internal routes of web endpoints."),
  "web.get-concurrency": numberFlag(0, "Maximum number of GET requests at once. 0: the larger of 8 and the cores."),
  "web.timeout": durationFlag("0s", "Timeout for HTTP requests. 0: none."),
  "enable-feature": stringFlag("", "Comma-separated features: classic-mode, utf8-strict-mode."),
  ...logFlags,
  ...clusterFlags,
};

export type AlertmanagerFlags = FlagValues<AlertmanagerFlagTable>;
