// The configuration as YAML for /api/v1/status/config: defaults applied, secrets masked, empty fields left out.
import { printDuration } from "@narthex/model";
import { printSize, printYaml, Secret } from "@narthex/service";
import type { Config } from "./config.js";
import type { ScrapeConfig } from "./scrape.js";

const durationFields = new Set([
  "scrape_interval",
  "scrape_timeout",
  "evaluation_interval",
  "rule_query_offset",
  "refresh_interval",
  "fetch_timeout",
  "timeout",
  "time",
  "out_of_order_time_window",
  "remote_timeout",
  "batch_send_deadline",
  "min_backoff",
  "max_backoff",
  "sample_age_limit",
  "send_interval",
]);
const sizeFields = new Set(["body_size_limit", "size"]);

// Printed although false, as Prometheus prints them.
const falseFields = new Set([
  "track_timestamps_staleness",
  "honor_timestamps",
  "scrape_native_histograms",
  "always_scrape_classic_histograms",
  "convert_classic_histograms_to_nhcb",
  "extra_scrape_metrics",
  "enable_compression",
  "follow_redirects",
  "enable_http2",
  "read_recent",
  "filter_external_labels",
  "send",
]);

/** As Go's URL.Redacted. */
const passwordInUrl = /^([a-z][a-z0-9+.-]*:\/\/[^/?#@\s:]*:)[^/?#@\s]+(@)/i;

/** Of a whole Config, or of a part such as one scrape config. */
export function printConfig(config: Config | ScrapeConfig): string {
  return printYaml(printable("", config) ?? {});
}

/** The value as printed; undefined where the field is left out. */
function printable(field: string, value: unknown): unknown {
  if (value === undefined || value === null || value === "" || value === 0) return undefined;
  if (value === false) return falseFields.has(field) ? false : undefined;
  if (typeof value === "number") return printNumber(field, value);
  if (typeof value === "string") return value.replace(passwordInUrl, "$1xxxxx$2");
  if (typeof value !== "object" || value instanceof Secret) return value;
  if (Array.isArray(value)) return value.length > 0 ? value.map((item) => printable(field, item)) : undefined;
  return printFields(value);
}

function printNumber(field: string, value: number): string | number {
  if (durationFields.has(field)) return printDuration(value);
  return sizeFields.has(field) ? printSize(value) : value;
}

function printFields(record: object): Record<string, unknown> | undefined {
  const fields = Object.entries(record).map(([name, value]) => [name, printable(name, value)] as const);
  const shown = fields.filter(([, value]) => value !== undefined);
  return shown.length > 0 ? Object.fromEntries(shown) : undefined;
}
