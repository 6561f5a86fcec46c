// The targets of one job and their loops. A new list of targets starts and stops only what changed.
// Comes from: scrape/manager (config, target groups). Goes to: scrape/loop.
import { type Labels, printDuration, type RelabelRule } from "@narthex/model";
import { createHttpClient, type HttpClient } from "@narthex/service";
import { relabelRules } from "../config/relabel.js";
import type { ScrapeConfig } from "../config/scrape.js";
import type { TargetGroup } from "../discovery/provider.js";
import type { FetchRequest } from "./fetch.js";
import { ScrapeLoop, type ScrapeStatus, type ScrapeWorld } from "./loop.js";
import { type Target, targetsFromGroup } from "./target.js";

export type TargetStatus = {
  readonly target: Target;
  readonly status: ScrapeStatus;
  readonly metadata: ScrapeLoop["metadata"];
};

export type PoolOptions = {
  readonly world: ScrapeWorld;
  readonly createClient: (config: ScrapeConfig) => HttpClient;
};

export function defaultClient(userAgent: string): PoolOptions["createClient"] {
  return (config) => createHttpClient(config, { userAgent });
}

/** What the job's config means for its loops; made anew at a reload. */
type Prepared = {
  readonly config: ScrapeConfig;
  readonly request: FetchRequest;
  readonly targetRules: readonly RelabelRule[];
  readonly sampleRules: readonly RelabelRule[];
};

export class ScrapePool {
  readonly #options: PoolOptions;
  #prepared: Prepared;
  #groups: readonly TargetGroup[] = [];
  #loops = new Map<string, ScrapeLoop>();
  #dropped: Labels[] = [];
  #droppedCount = 0;
  #refusal = "";
  #targetCount = 0;
  readonly #endings = new Set<() => void>();

  constructor(config: ScrapeConfig, options: PoolOptions) {
    this.#options = options;
    options.world.metrics.pools.inc();
    // There from the start: what an increase shows must not begin with the first failure.
    options.world.metrics.syncsFailed.inc({ scrape_job: config.job_name }, 0);
    this.#prepared = this.#prepare(config);
  }

  get config(): ScrapeConfig {
    return this.#prepared.config;
  }

  sync(groups: readonly TargetGroup[]): void {
    const { metrics, stopwatchMs } = this.#options.world;
    const start = stopwatchMs();
    this.#groups = groups;
    const targets = this.#targets();
    this.#refuse(targets.length);
    this.#replaceLoops(targets, (loop, target) => this.#carry(loop, target));
    const job = { scrape_job: this.config.job_name };
    metrics.syncs.inc(job);
    metrics.poolTargets.set(job, targets.length);
    metrics.poolTargetLimit.set(job, this.config.target_limit);
    metrics.syncLength.observe(job, (stopwatchMs() - start) / 1000);
  }

  /** A changed config: every loop is started anew and takes over what the one before knew. Throws where it cannot be used. */
  reload(config: ScrapeConfig): void {
    const { metrics, stopwatchMs } = this.#options.world;
    const start = stopwatchMs();
    const { client } = this.#prepared.request;
    this.#prepared = this.#prepare(config);
    const targets = this.#targets();
    this.#refuse(targets.length);
    this.#replaceLoops(targets, (loop, target) => this.#restart(loop, target));
    client.close();
    metrics.reloads.inc();
    metrics.reloadLength.observe({ interval: printDuration(config.scrape_interval) }, (stopwatchMs() - start) / 1000);
  }

  /** Ends all loops. With `isGone` the job is no more: its series get stale markers; else the server stops. */
  close({ isGone }: { readonly isGone: boolean }): void {
    for (const loop of this.#loops.values()) this.#end(loop, isGone);
    this.#loops.clear();
    if (isGone) this.#options.world.metrics.removeJob(this.config.job_name);
    else for (const cancel of this.#endings) cancel();
    this.#prepared.request.client.close();
  }

  targets(): TargetStatus[] {
    return [...this.#loops.values()].map(({ target, status, metadata }) => ({ target, status, metadata }));
  }

  droppedTargets(): readonly Labels[] {
    return this.#dropped;
  }

  get droppedCount(): number {
    return this.#droppedCount;
  }

  #prepare(config: ScrapeConfig): Prepared {
    const scheme = config.metric_name_validation_scheme;
    return {
      config,
      request: {
        client: this.#options.createClient(config),
        config,
        tracing: this.#options.world.tracing,
        prefersProtobuf: this.#options.world.startsAtZero || this.#options.world.storesStartTimes,
      },
      targetRules: relabelRules(config.relabel_configs, scheme),
      sampleRules: relabelRules(config.metric_relabel_configs, scheme),
    };
  }

  /** Distinct targets; also notes what relabelling dropped. */
  #targets(): Target[] {
    const { config, targetRules } = this.#prepared;
    const targets = new Map<string, Target>();
    this.#dropped = [];
    this.#droppedCount = 0;
    for (const group of this.#groups) {
      for (const outcome of targetsFromGroup(group, { config, rules: targetRules })) {
        if (outcome.kind === "target") targets.set(outcome.target.key, outcome.target);
        else if (outcome.kind === "dropped") this.#noteDropped(outcome.discoveredLabels);
        else this.#noteFailed(outcome.reason, group);
      }
    }
    return [...targets.values()];
  }

  #noteDropped(labels: Labels): void {
    const { keep_dropped_targets: keptMax } = this.config;
    this.#droppedCount++;
    if (keptMax === 0 || this.#dropped.length < keptMax) this.#dropped.push(labels);
  }

  #noteFailed(reason: string, group: TargetGroup): void {
    const { logger, metrics } = this.#options.world;
    const { job_name } = this.config;
    metrics.syncsFailed.inc({ scrape_job: job_name });
    logger.error({ scrape_pool: job_name, source: group.source, err: reason }, "creating target failed");
  }

  #refuse(targetCount: number): void {
    this.#targetCount = targetCount;
    const { target_limit } = this.config;
    const isOver = target_limit > 0 && targetCount > target_limit;
    const refusal = isOver ? `target_limit exceeded (number of targets: ${targetCount}, limit: ${target_limit})` : "";
    if (isOver) this.#options.world.metrics.targetLimitExceeded.inc();
    if (refusal === this.#refusal) return;
    this.#refusal = refusal;
    // Loops know the refusal from their start.
    for (const [key, loop] of this.#loops) {
      this.#loops.set(key, this.#restart(loop, loop.target));
    }
  }

  /** `carry` gives the loop that goes on for a target that had one. */
  #replaceLoops(targets: readonly Target[], carry: (loop: ScrapeLoop, target: Target) => ScrapeLoop): void {
    const before = this.#loops;
    this.#loops = new Map();
    for (const target of targets) {
      const known = before.get(target.key);
      before.delete(target.key);
      this.#loops.set(target.key, known ? carry(known, target) : this.#start(target, undefined));
    }
    for (const loop of before.values()) this.#end(loop, true);
  }

  // What was discovered may have changed without changing the target.
  #carry(loop: ScrapeLoop, target: Target): ScrapeLoop {
    if (settingsKey(loop.target) !== settingsKey(target)) return this.#restart(loop, target);
    loop.target = target;
    return loop;
  }

  #restart(loop: ScrapeLoop, target: Target): ScrapeLoop {
    loop.stop();
    return this.#start(target, loop);
  }

  #start(target: Target, previous: ScrapeLoop | undefined): ScrapeLoop {
    const { config, request, sampleRules } = this.#prepared;
    const { addsTypeAndUnit } = this.#options.world;
    const labelling = { targetLabels: target.labels, rules: sampleRules, config, addsTypeAndUnit };
    const loop = new ScrapeLoop({
      target,
      request,
      labelling,
      refusal: this.#refusal,
      targetCount: this.#targetCount,
      world: this.#options.world,
      previous,
    });
    loop.start();
    return loop;
  }

  #end(loop: ScrapeLoop, isGone: boolean): void {
    loop.stop();
    if (!isGone) return;
    const cancel = loop.endAfterwards(() => this.#endings.delete(cancel));
    this.#endings.add(cancel);
  }
}

/** Equal for targets that are scraped alike. */
function settingsKey({ intervalMs, timeoutMs, histograms }: Target): string {
  return JSON.stringify([intervalMs, timeoutMs, histograms]);
}
