// /api/v1/targets, targets/metadata, targets/relabel_steps, scrape_pools, metadata.
import { hostname } from "node:os";
import {
  explainRelabel,
  labelsFrom,
  labelsToRecord,
  type Metadata,
  matchesAll,
  printDuration,
  quote,
} from "@narthex/model";
import { printConfig } from "../config/print.js";
import { relabelRules } from "../config/relabel.js";
import type { ScrapeManager } from "../scrape/manager.js";
import type { ScrapePool, TargetStatus } from "../scrape/pool.js";
import { badParameter, type Parameters, selectorFrom } from "./parameters.js";
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

function answerTargets(source: TargetsSource, parameters: Parameters): Answer {
  const state = parameters.text("state").toLowerCase();
  const only = parameters.text("scrapePool");
  const pools = source.scrape.pools().filter(([name]) => only === "" || name === only);
  const showsActive = state === "" || state === "any" || state === "active";
  const showsDropped = state === "" || state === "any" || state === "dropped";
  const active = pools.flatMap(([name, pool]) => pool.targets().map((target) => printTarget(target, name, source)));
  const dropped = pools.flatMap(([name, pool]) =>
    pool.droppedTargets().map((labels) => ({ discoveredLabels: labelsToRecord(labels), scrapePool: name })),
  );
  const counts = Object.fromEntries(pools.map(([name, pool]) => [name, pool.droppedCount]));
  return data({
    activeTargets: showsActive ? active : [],
    droppedTargets: showsDropped ? dropped : [],
    droppedTargetCounts: showsDropped ? counts : {},
  });
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

function answerTargetMetadata(scrape: ScrapeManager, parameters: Parameters): Answer {
  const limit = parameters.limit();
  const metric = parameters.text("metric");
  const source = parameters.text("match_target");
  const matchers = source === "" ? [] : selectorFrom("match_target", source);
  const targets = scrape.pools().flatMap(([, pool]) => pool.targets());
  const found: object[] = [];
  for (const { target, metadata } of targets) {
    if (!matchesAll(matchers, target.labels)) continue;
    for (const [name, one] of metadata.metrics()) {
      if (metric !== "" && name !== metric) continue;
      if (limit > 0 && found.length >= limit) return data(found);
      // With one metric asked for, its name goes without saying.
      const named = metric === "" ? { metric: name } : {};
      found.push({ target: labelsToRecord(target.labels), ...named, ...printMetadata(one) });
    }
  }
  return data(found);
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
