// A target: an address with its labels, made from what discovery found by the job's relabelling.
// Comes from: discovery's target groups. Goes to: scrape/pool, which runs a loop for each.
import {
  dropLabels,
  isLabelName,
  type Labels,
  labelEntries,
  labelsFrom,
  labelsFromEntries,
  labelsKey,
  labelValue,
  parseDuration,
  printDuration,
  quote,
  type RelabelRule,
  relabel,
} from "@narthex/model";
import { Fnv64a } from "@narthex/stdx";
import type { ScrapeConfig } from "../config/scrape.js";
import type { TargetGroup } from "../discovery/provider.js";

export type Target = {
  /** Equal for targets that are one: same labels, same URL; when and how long it is scraped does not matter. */
  readonly key: string;
  /** What every series of the target gets. */
  readonly labels: Labels;
  /** Before relabelling. */
  readonly discoveredLabels: Labels;
  readonly url: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly histograms: HistogramChoices;
  /** Path of a unix socket to connect to, from `__unix_socket__`. */
  readonly socketPath: string;
};

/** From labels, which relabelling may set for each target. */
export type HistogramChoices = {
  /** `__scrape_native_histograms__` */
  readonly isNative: boolean;
  /** `__always_scrape_classic_histograms__`: also those that come as native ones, or are made such. */
  readonly keepsClassic: boolean;
  /** `__convert_classic_histograms_to_nhcb__` */
  readonly isConverted: boolean;
};

export type TargetOutcome =
  | { readonly kind: "target"; readonly target: Target }
  | { readonly kind: "dropped"; readonly discoveredLabels: Labels }
  | { readonly kind: "failed"; readonly reason: string };

export type TargetRequest = { readonly config: ScrapeConfig; readonly rules: readonly RelabelRule[] };

export function targetsFromGroup(group: TargetGroup, request: TargetRequest): TargetOutcome[] {
  return group.targets.map((own) => targetFrom(discoveredLabels(own, group, request.config), request));
}

/** Labels of the target, of its group, then the job's defaults: the first that is set counts. */
export function discoveredLabels(own: TargetGroup["labels"], group: TargetGroup, config: ScrapeConfig): Labels {
  const defaults: Record<string, string> = {
    job: config.job_name,
    __scrape_interval__: printDuration(config.scrape_interval),
    __scrape_timeout__: printDuration(config.scrape_timeout),
    __metrics_path__: config.metrics_path,
    __scheme__: config.scheme,
    [histogramLabels.isNative]: String(config.scrape_native_histograms),
    [histogramLabels.keepsClassic]: String(config.always_scrape_classic_histograms),
    [histogramLabels.isConverted]: String(config.convert_classic_histograms_to_nhcb),
  };
  for (const [name, [value]] of Object.entries(config.params)) {
    if (value !== undefined) defaults[`__param_${name}`] = value;
  }
  const set = [...Object.entries(group.labels), ...Object.entries(own)].filter(([, value]) => value !== "");
  return labelsFromEntries([...Object.entries(defaults), ...set]);
}

export function targetFrom(discovered: Labels, { config, rules }: TargetRequest): TargetOutcome {
  const labels = relabel(discovered, rules);
  if (!labels) return { kind: "dropped", discoveredLabels: discovered };
  const reason = labelsMistake(labels);
  if (reason !== undefined) return { kind: "failed", reason };
  const intervalMs = parseDuration(labelValue(labels, "__scrape_interval__"));
  const timeoutMs = parseDuration(labelValue(labels, "__scrape_timeout__"));
  const url = targetUrl(labels, config);
  const target = {
    key: `${url} ${labelsKey(dropLabels(labels, settingLabels))}`,
    labels: seriesLabels(labels),
    discoveredLabels: discovered,
    url,
    intervalMs,
    timeoutMs,
    histograms: histogramChoices(labels),
    socketPath: labelValue(labels, "__unix_socket__"),
  };
  return { kind: "target", target };
}

const histogramLabels: Readonly<Record<keyof HistogramChoices, string>> = {
  isNative: "__scrape_native_histograms__",
  keepsClassic: "__always_scrape_classic_histograms__",
  isConverted: "__convert_classic_histograms_to_nhcb__",
};

// How a target is scraped, not which one it is.
const settingLabels: ReadonlySet<string> = new Set([
  "__scrape_interval__",
  "__scrape_timeout__",
  ...Object.values(histogramLabels),
]);

// Go: strconv.ParseBool
const truthValues: ReadonlyMap<string, boolean> = new Map([
  ...["1", "t", "T", "true", "TRUE", "True"].map((text) => [text, true] as const),
  ...["0", "f", "F", "false", "FALSE", "False"].map((text) => [text, false] as const),
]);

function histogramChoices(labels: Labels): HistogramChoices {
  const isTrue = (name: keyof HistogramChoices): boolean =>
    truthValues.get(labelValue(labels, histogramLabels[name])) === true;
  return { isNative: isTrue("isNative"), keepsClassic: isTrue("keepsClassic"), isConverted: isTrue("isConverted") };
}

function labelsMistake(labels: Labels): string | undefined {
  const address = labelValue(labels, "__address__");
  if (address === "") return "no address";
  if (address.includes("/")) return `${quote(address)} is not a valid hostname`;
  const bad = [...labelEntries(labels)].find(([name]) => !isLabelName(name, "utf8"));
  if (bad) return `invalid label name ${quote(bad[0])}`;
  for (const name of Object.values(histogramLabels)) {
    const text = labelValue(labels, name);
    if (text !== "" && !truthValues.has(text)) return `error parsing ${name}: ${quote(text)} is not true or false`;
  }
  return timesMistake(labelValue(labels, "__scrape_interval__"), labelValue(labels, "__scrape_timeout__"));
}

function timesMistake(interval: string, timeout: string): string | undefined {
  const times: Record<string, number> = {};
  for (const [name, text] of [
    ["interval", interval],
    ["timeout", timeout],
  ] as const) {
    try {
      times[name] = parseDuration(text);
    } catch (error) {
      return `error parsing scrape ${name}: ${(error as Error).message}`;
    }
    if (times[name] === 0) return `scrape ${name} cannot be 0`;
  }
  if ((times["timeout"] as number) <= (times["interval"] as number)) return undefined;
  return `scrape timeout cannot be greater than scrape interval (${quote(timeout)} > ${quote(interval)})`;
}

function seriesLabels(labels: Labels): Labels {
  const hidden = new Set([...labelEntries(labels)].map(([name]) => name).filter((name) => name.startsWith("__")));
  const shown = dropLabels(labels, hidden);
  if (labelValue(shown, "instance") !== "") return shown;
  return labelsFromEntries([...labelEntries(shown), ["instance", labelValue(labels, "__address__")]]);
}

function targetUrl(labels: Labels, config: ScrapeConfig): string {
  const parameters = new Map(Object.entries(config.params).map(([name, values]) => [name, [...values]]));
  for (const [label, value] of labelEntries(labels)) {
    if (!label.startsWith("__param_")) continue;
    const name = label.slice("__param_".length);
    parameters.set(name, [value, ...(parameters.get(name) ?? []).slice(1)]);
  }
  const query = new URLSearchParams();
  for (const name of [...parameters.keys()].sort()) {
    for (const value of parameters.get(name) ?? []) query.append(name, value);
  }
  const path = labelValue(labels, "__metrics_path__");
  const address = `${labelValue(labels, "__scheme__")}://${labelValue(labels, "__address__")}`;
  const search = query.size > 0 ? `?${query.toString()}` : "";
  return `${address}${path.startsWith("/") ? "" : "/"}${path}${search}`;
}

/** Seed of this server, so that two servers scrape one target at different times. */
export function offsetSeedOf(hostname: string, externalLabels: Readonly<Record<string, string>>): bigint {
  const hash = new Fnv64a().addText(hostname);
  for (const text of labelsFrom(externalLabels)) hash.addText(text).addByte(0xff);
  return hash.value();
}

/** How many scrapes of a job may be due at once, were its targets spread evenly. */
const dueTogetherMax = 8;

/**
 * When in its interval the target is scraped, in ms after a multiple of the interval. Scrapes that would come within 5 % of the
 * interval, or 250 ms, come together: code and tables are then in the processor's caches for all but the first, and the process
 * wakes up less often (docs/benchmarks.md#ingestion).
 */
export function offsetOf(target: Target, { seed, targetCount }: OffsetOptions): number {
  const hash = new Fnv64a().addText(target.key).value() ^ seed;
  const offset = Number(hash % BigInt(target.intervalMs));
  const { intervalMs } = target;
  const gridMs = Math.floor(Math.min(250, intervalMs / 20, (dueTogetherMax * intervalMs) / targetCount));
  return gridMs > 1 ? offset - (offset % gridMs) : offset;
}

export type OffsetOptions = {
  readonly seed: bigint;
  /** Of the job. */
  readonly targetCount: number;
};
