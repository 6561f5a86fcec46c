// /api/v1/targets, targets/metadata, targets/relabel_steps, scrape_pools, metadata.
import { hostname } from "node:os";
import {
  explainRelabel,
  labelsFrom,
  labelsToRecord,
  type Matcher,
  type Metadata,
  matchesAll,
  printDuration,
  quote,
} from "@narthex/model";
import { printConfig } from "../config/print.js";
import { relabelRules } from "../config/relabel.js";
import type { ServerFlags } from "../flags.js";
import type { ScrapeManager } from "../scrape/manager.js";
import type { ScrapePool, TargetStatus } from "../scrape/pool.js";
import type { Target } from "../scrape/target.js";
import { badParameter, named, type Parameters, selectorFrom } from "./parameters.js";
import { printedData, printFields, SlicedPrinter } from "./print-slices.js";
import { type Answer, ApiError, data } from "./respond.js";
import { type Route, readRoute } from "./route.js";
import { timestamp } from "./time.js";

export type TargetsSource = {
  readonly scrape: ScrapeManager;
  readonly externalUrl: () => URL;
  /** Of the first address we listen on. */
  readonly ownPort: () => string;
};

export function targetRoutes(source: TargetsSource): Route[] {
  const { scrape } = source;
  return [
    readRoute("/api/v1/targets", ({ parameters }) => answerTargets(source, parameters)),
    readRoute("/api/v1/targets/metadata", ({ parameters }) => answerTargetMetadata(scrape, parameters)),
    readRoute("/api/v1/targets/relabel_steps", ({ parameters }) => answerRelabelSteps(scrape, parameters)),
    readRoute("/api/v1/scrape_pools", () => data({ scrapePools: scrape.pools().map(([name]) => name) })),
    readRoute("/api/v1/scrape_pools/config", ({ parameters }) =>
      data({ yaml: printConfig(poolFrom(scrape, parameters).config) }),
    ),
    readRoute("/api/v1/metadata", ({ parameters }) => answerMetadata(scrape, parameters)),
  ];
}

async function answerTargets(source: TargetsSource, parameters: Parameters): Promise<Answer> {
  const state = parameters.text("state").toLowerCase();
  const only = parameters.text("scrapePool");
  const pools = source.scrape.pools().filter(([name]) => only === "" || name === only);
  const showsActive = state === "" || state === "any" || state === "active";
  const showsDropped = state === "" || state === "any" || state === "dropped";
  const active = showsActive ? pools.flatMap(([name, pool]) => pool.targets().map((one) => ({ name, one }))) : [];
  const dropped = showsDropped
    ? pools.flatMap(([name, pool]) => pool.droppedTargets().map((labels) => ({ name, labels })))
    : [];
  const counts = Object.fromEntries(showsDropped ? pools.map(([name, pool]) => [name, pool.droppedCount]) : []);
  const printer = new SlicedPrinter();
  const printed = {
    activeTargets: await printer.list(active, ({ name, one }) => printTarget(one, name, source)),
    droppedTargets: await printer.list(dropped, ({ name, labels }) => ({
      discoveredLabels: labelsToRecord(labels),
      scrapePool: name,
    })),
    droppedTargetCounts: JSON.stringify(counts),
  };
  return printedData(printFields(printed));
}

function printTarget({ target, status }: TargetStatus, scrapePool: string, source: TargetsSource): object {
  return {
    discoveredLabels: labelsToRecord(target.discoveredLabels),
    labels: labelsToRecord(target.labels),
    scrapePool,
    scrapeUrl: target.url,
    globalUrl: globalUrl(target.url, source),
    lastError: status.lastError,
    lastScrape: timestamp(status.lastScrape ?? 0),
    lastScrapeDuration: status.lastDurationSeconds,
    health: status.health,
    scrapeInterval: printDuration(target.intervalMs),
    scrapeTimeout: printDuration(target.timeoutMs),
  };
}

const localNames = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** The URL as it works from other machines. */
function globalUrl(text: string, source: TargetsSource): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (!localNames.has(url.hostname)) return text;
  const external = source.externalUrl();
  if (url.port === source.ownPort()) {
    url.protocol = external.protocol;
    url.host = external.host;
  } else {
    url.hostname = external.hostname || hostname();
  }
  return url.href;
}

async function answerTargetMetadata(scrape: ScrapeManager, parameters: Parameters): Promise<Answer> {
  const limit = parameters.limit();
  const metric = parameters.text("metric");
  const source = parameters.text("match_target");
  const matchers = source === "" ? [] : named("match_target", () => selectorFrom(source));
  const found = firstOf(targetMetadata(scrape, { matchers, metric }), limit);
  const printed = await new SlicedPrinter().list(found, ({ target, name, metadata }) => ({
    target: labelsToRecord(target.labels),
    // With one metric asked for, its name goes without saying.
    ...(metric === "" ? { metric: name } : {}),
    ...printMetadata(metadata),
  }));
  return printedData(printed);
}

type TargetMetadata = { readonly target: Target; readonly name: string; readonly metadata: Metadata };

function* targetMetadata(
  scrape: ScrapeManager,
  { matchers, metric }: { readonly matchers: readonly Matcher[]; readonly metric: string },
): Generator<TargetMetadata> {
  for (const { target, metadata } of scrape.pools().flatMap(([, pool]) => pool.targets())) {
    if (!matchesAll(matchers, target.labels)) continue;
    // A scrape may change the map while the answer is printed.
    const metrics = Array.from(metadata.metrics());
    for (const [name, one] of metrics) {
      if (metric === "" || name === metric) yield { target, name, metadata: one };
    }
  }
}

/** All of them where the limit is 0. */
function* firstOf<T>(items: Iterable<T>, limit: number): Generator<T> {
  let count = 0;
  for (const item of items) {
    if (limit > 0 && count === limit) return;
    count++;
    yield item;
  }
}

function printMetadata({ type, help, unit }: Metadata): Readonly<Record<string, string>> {
  return { type, help, unit };
}

function answerMetadata(scrape: ScrapeManager, parameters: Parameters): Answer {
  const limit = parameters.limit();
  const perMetric = parameters.limit("limit_per_metric");
  const metric = parameters.text("metric");
  let found = [...scrape.metadata()].filter(([name]) => metric === "" || name === metric);
  if (limit > 0) found = found.slice(0, limit);
  const entries = found.map(([name, all]) => [
    name,
    (perMetric > 0 ? all.slice(0, perMetric) : all).map(printMetadata),
  ]);
  return data(Object.fromEntries(entries));
}

function poolFrom(scrape: ScrapeManager, parameters: Parameters): ScrapePool {
  const name = parameters.text("scrapePool");
  if (name === "") throw new ApiError("bad_data", "no scrapePool parameter provided");
  const pool = scrape.pools().find(([known]) => known === name)?.[1];
  if (!pool) throw new ApiError("not_found", `scrape pool ${quote(name)} not found`);
  return pool;
}

function answerRelabelSteps(scrape: ScrapeManager, parameters: Parameters): Answer {
  const { config } = poolFrom(scrape, parameters);
  const labels = labelsFrom(labelRecordFrom(parameters));
  const rules = relabelRules(config.relabel_configs, config.metric_name_validation_scheme);
  const steps = explainRelabel(labels, rules).map((step, i) => ({
    rule: config.relabel_configs[i],
    output: labelsToRecord(step.labels),
    keep: step.isKept,
  }));
  return data({ steps });
}

function labelRecordFrom(parameters: Parameters): Record<string, string> {
  const source = parameters.text("labels");
  let record: unknown;
  try {
    record = JSON.parse(source);
  } catch (error) {
    throw badParameter("labels", `not JSON: ${(error as Error).message}`);
  }
  const isRecord = typeof record === "object" && record !== null && !Array.isArray(record);
  if (!isRecord || Object.values(record as object).some((value) => typeof value !== "string")) {
    throw badParameter("labels", "not an object of strings");
  }
  return record as Record<string, string>;
}

/** As text; of the first address that is listened on. */
export function ownPort(flags: Pick<ServerFlags, "web.listen-address">): string {
  return (flags["web.listen-address"][0] ?? "").split(":").at(-1) ?? "";
}
