// The Pushgateway's flags, and bounds of our own.
import {
  booleanFlag,
  durationFlag,
  type FlagSpec,
  type FlagValues,
  type LogFlags,
  logFlags,
  numberFlag,
  sizeFlag,
  stringFlag,
  stringsFlag,
} from "@narthex/service";

type PushgatewayFlags = {
  readonly "web.listen-address": FlagSpec<readonly string[]>;
  readonly "web.config.file": FlagSpec<string>;
  readonly "web.systemd-socket": FlagSpec<boolean>;
  readonly "web.telemetry-path": FlagSpec<string>;
  readonly "web.external-url": FlagSpec<string>;
  readonly "web.route-prefix": FlagSpec<string>;
  readonly "web.enable-lifecycle": FlagSpec<boolean>;
  readonly "web.enable-admin-api": FlagSpec<boolean>;
  readonly "persistence.file": FlagSpec<string>;
  readonly "persistence.interval": FlagSpec<number>;
  readonly "push.disable-consistency-check": FlagSpec<boolean>;
  readonly "push.enable-utf8-names": FlagSpec<boolean>;
  readonly "push.max-body-size": FlagSpec<number>;
  readonly "push.max-groups": FlagSpec<number>;
  readonly "push.max-series": FlagSpec<number>;
} & LogFlags;

export const pushgatewayFlags: PushgatewayFlags = {
  "web.listen-address": stringsFlag([":9091"], "Address to listen on; may be given more than once."),
  "web.config.file": stringFlag("", "Web configuration file for TLS and authentication."),
  "web.systemd-socket": booleanFlag(false, "Listen on sockets of systemd (not supported).", { hidden: true }),
  "web.telemetry-path": stringFlag("/metrics", "Path of the metrics."),
  "web.external-url": stringFlag("", "URL under which clients reach the Pushgateway."),
  "web.route-prefix": stringFlag("", "Prefix of all paths; that of --web.external-url unless given."),
  "web.enable-lifecycle": booleanFlag(false, "Allow shutdown by HTTP request."),
  "web.enable-admin-api": booleanFlag(false, "Allow wiping all metrics by HTTP request."),
  "persistence.file": stringFlag("", "File that keeps pushed metrics over restarts; none if empty."),
  "persistence.interval": durationFlag("5m", "Time after a push at which the file is written at the latest."),
  "push.disable-consistency-check": booleanFlag(false, "Accept pushes without checking them against other groups."),
  "push.enable-utf8-names": booleanFlag(false, "Allow UTF-8 in names of metrics and labels."),
  "push.max-body-size": sizeFlag("64MB", "Largest push, as sent and after decompression."),
  "push.max-groups": numberFlag(100_000, "Groups that may be kept."),
  "push.max-series": numberFlag(2_000_000, "Series that may be kept, over all groups."),
  ...logFlags,
};

export type PushgatewayValues = FlagValues<PushgatewayFlags>;
