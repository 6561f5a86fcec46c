// What `narthex tool check service-discovery` shows: the targets that a job's providers find, before and after relabelling.
import { Registry } from "@narthex/client";
import { type Labels, labelsFrom, labelsToRecord, labelValue, relabel } from "@narthex/model";
import type { Logger } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import { loadConfig } from "../config/load.js";
import { relabelRules } from "../config/relabel.js";
import type { ScrapeConfig } from "../config/scrape.js";
import { mechanismMetrics } from "../discovery/mechanism-metrics.js";
import type { TargetGroup } from "../discovery/provider.js";
import { providersOf } from "../discovery/registry.js";
import { discoveredLabels, targetFrom } from "../scrape/target.js";

export type DiscoveryCheckRequest = {
  readonly file: string;
  readonly job: string;
  /** How long providers may take. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Takes what goes wrong in providers. */
  readonly logger: Logger;
};

export type CheckedTarget = {
  readonly discoveredLabels: Readonly<Record<string, string>>;
  /** Those that begin with `__` are among them; none where relabelling drops the target. */
  readonly labels: Readonly<Record<string, string>>;
  readonly error?: string;
};

/** Rejects with ConfigError, and with an Error for a job that is not there. */
export async function checkDiscovery(request: DiscoveryCheckRequest): Promise<CheckedTarget[]> {
  const { scrape_configs: scrapes } = loadConfig(request.file);
  const scrape = scrapes.find((one) => one.job_name === request.job);
  if (!scrape) {
    const jobs = scrapes.map((one) => `\t${one.job_name}`).join("\n");
    throw new Error(`Job ${request.job} not found. Select one of:\n${jobs}`);
  }
  const targets = (await discover(scrape, request)).flatMap((group) => targetsOf(group, scrape));
  return [...new Map(targets.map((target) => [JSON.stringify(target), target])).values()];
}

/** What providers know once each has spoken, or when the time is over. */
async function discover(
  scrape: ScrapeConfig,
  { timeoutMs, clock, logger }: DiscoveryCheckRequest,
): Promise<readonly TargetGroup[]> {
  const requests = providersOf(scrape);
  const found = new Map<string, readonly TargetGroup[]>();
  const stops: (() => void)[] = [];
  const metrics = mechanismMetrics(new Registry({ clock }));
  await new Promise<void>((resolve) => {
    const note = (key: string, groups: readonly TargetGroup[]): void => {
      found.set(key, groups);
      if (found.size === requests.length) resolve();
    };
    stops.push(clock.after(timeoutMs, resolve));
    for (const { name, key, start } of requests) {
      const fail = (error: unknown): void => {
        logger.error({ discovery: name, err: error }, "Cannot create service discovery");
        note(key, []);
      };
      const update = (groups: readonly TargetGroup[]): void => note(key, groups);
      const world = { clock, logger: logger.child({ discovery: name }), metrics, update, observeRefresh: () => {} };
      try {
        stops.push(start({ ...world, countFailure: () => {} }, fail));
      } catch (error) {
        fail(error);
      }
    }
  });
  for (const stop of stops) stop();
  return [...found.values()].flat();
}

function targetsOf(group: TargetGroup, scrape: ScrapeConfig): CheckedTarget[] {
  const rules = relabelRules(scrape.relabel_configs, scrape.metric_name_validation_scheme);
  return group.targets.map((own): CheckedTarget => {
    const before = discoveredLabels(own, group, scrape);
    const shown = { discoveredLabels: labelsToRecord(before) };
    const outcome = targetFrom(before, { config: scrape, rules });
    if (outcome.kind === "failed") return { ...shown, labels: {}, error: outcome.reason };
    const after = relabel(before, rules);
    return { ...shown, labels: after ? withInstance(after) : {} };
  });
}

function withInstance(labels: Labels): Record<string, string> {
  const record = labelsToRecord(labels);
  if (labelValue(labels, "instance") !== "") return record;
  return labelsToRecord(labelsFrom({ ...record, instance: labelValue(labels, "__address__") }));
}
