import { booleanFlag, durationFlag, type FlagSpec, logFormats, logLevels, stringFlag } from "@narthex/service";

type UpFlags = {
  readonly "config.file": FlagSpec<string>;
  readonly "alertmanager.config.file": FlagSpec<string>;
  readonly "storage.path": FlagSpec<string>;
  readonly "storage.retention": FlagSpec<string>;
  readonly "web.listen-address": FlagSpec<string>;
  readonly "alertmanager.listen-address": FlagSpec<string>;
  readonly "pushgateway.listen-address": FlagSpec<string>;
  readonly "node-exporter.listen-address": FlagSpec<string>;
  readonly "scrape-interval": FlagSpec<number>;
  readonly "discover-local": FlagSpec<boolean>;
  readonly "slack-url": FlagSpec<string>;
  readonly "webhook-url": FlagSpec<string>;
  readonly "log.level": FlagSpec<string>;
  readonly "log.format": FlagSpec<string>;
};

export const upFlags: UpFlags = {
  "config.file": stringFlag("", "prometheus.yml to use instead of the built-in one."),
  "alertmanager.config.file": stringFlag("", "alertmanager.yml to use instead of the built-in one."),
  "storage.path": stringFlag(
    "data",
    "Folder that holds everything: samples, silences, pushed metrics, default configuration.",
  ),
  "storage.retention": stringFlag("15d", "How long samples are kept."),
  "web.listen-address": stringFlag("0.0.0.0:9090", "Address of the UI and of the Prometheus API."),
  "alertmanager.listen-address": stringFlag("127.0.0.1:9093", "Address of the Alertmanager."),
  "pushgateway.listen-address": stringFlag("127.0.0.1:9091", "Address of the Pushgateway."),
  "node-exporter.listen-address": stringFlag("127.0.0.1:9100", "Address of the node exporter."),
  "scrape-interval": durationFlag("15s", "How often the built-in configuration scrapes and evaluates rules."),
  "discover-local": booleanFlag(
    true,
    "Let the built-in configuration look for programs of this machine that show metrics: each port that listens is asked for /metrics, and scraped if it answers.",
  ),
  "slack-url": stringFlag("", "Slack incoming-webhook URL that the built-in configuration notifies."),
  "webhook-url": stringFlag(
    "",
    "URL that the built-in configuration posts alerts to, in Alertmanager's webhook format.",
  ),
  "log.level": stringFlag("warn", "Only log messages of this severity or above.", { choices: logLevels }),
  "log.format": stringFlag("logfmt", "Format of log messages.", { choices: logFormats }),
};
