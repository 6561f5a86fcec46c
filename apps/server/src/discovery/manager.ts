// Runs the providers of all sections and puts their lists together, one list of target groups per section.
// Comes from: config. Goes to: scrape/manager (jobs) and notify (Alertmanagers).
// Providers with equal configs run once; a reload starts and stops only what changed, and a section whose provider was
// replaced keeps its former targets until the new one has spoken.
import type { Logger } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import type { DiscoveryConfigs } from "../config/discovery.js";
import type { DiscoveryMetrics } from "./metrics.js";
import type { DiscoveredTargets, ProviderWorld, TargetGroup } from "./provider.js";
import { type ProviderRequest, providersOf } from "./registry.js";

export type DiscoveryOptions = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: DiscoveryMetrics;
  /** Takes all lists, at most once in `updateIntervalMs`. */
  readonly onUpdate: (targets: DiscoveredTargets) => void;
  /** --scrape.discovery-reload-interval; 5 s. */
  readonly updateIntervalMs?: number;
};

type RunningProvider = {
  readonly request: ProviderRequest;
  readonly stop: () => void;
  /** The last good list; undefined until there is one. */
  groups: readonly TargetGroup[] | undefined;
  /** It has given a list or failed to. */
  hasSpoken: boolean;
  /** It could not even begin. */
  isFailed: boolean;
};

type Section = {
  readonly keys: readonly string[];
  /** What providers found that a reload took away; counts until all of `keys` have spoken. */
  readonly former: readonly TargetGroup[];
};

export class DiscoveryManager {
  readonly #options: DiscoveryOptions;
  readonly #updateIntervalMs: number;
  readonly #running = new Map<string, RunningProvider>();
  #sections: ReadonlyMap<string, Section> = new Map();
  #cancelUpdate: (() => void) | undefined;
  #updatedAt = Number.NEGATIVE_INFINITY;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#updateIntervalMs = options.updateIntervalMs ?? 5000;
  }

  apply(configs: ReadonlyMap<string, DiscoveryConfigs>): void {
    /** By key, with the first section that asks: it names the provider in metrics. */
    const wanted = new Map<string, { request: ProviderRequest; section: string }>();
    const sections = new Map<string, Section>();
    for (const [section, lists] of configs) {
      const requests = providersOf(lists);
      for (const request of requests) if (!wanted.has(request.key)) wanted.set(request.key, { request, section });
      const keys = requests.map(({ key }) => key);
      sections.set(section, { keys, former: this.#formerGroups(section, new Set(keys)) });
    }
    for (const [key, provider] of this.#running) {
      // What could not begin is tried again: the file it names may be there now.
      if (!wanted.has(key) || provider.isFailed) this.#stop(provider);
    }
    this.#sections = sections;
    for (const [key, { request, section }] of wanted) if (!this.#running.has(key)) this.#start(request, section);
    this.#countFailedConfigs();
    this.#scheduleUpdate();
  }

  /** Stops all providers; no update comes afterwards. */
  close(): void {
    for (const provider of this.#running.values()) this.#stop(provider);
    this.#cancelUpdate?.();
    this.#cancelUpdate = undefined;
  }

  #formerGroups(section: string, keys: ReadonlySet<string>): readonly TargetGroup[] {
    const before = this.#sections.get(section);
    if (!before) return [];
    const gone = before.keys.filter((key) => !keys.has(key)).flatMap((key) => this.#groupsOf(key));
    return [...gone, ...(this.#isSettled(before) ? [] : before.former)];
  }

  #start(request: ProviderRequest, section: string): void {
    let stop = (): void => {};
    const provider: RunningProvider = {
      request,
      stop: () => stop(),
      groups: undefined,
      hasSpoken: false,
      isFailed: false,
    };
    this.#running.set(request.key, provider);
    const fail = (error: unknown): void => this.#noteNoStart(provider, section, error);
    try {
      stop = request.start(this.#worldOf(provider, section), fail);
    } catch (error) {
      fail(error);
    }
  }

  #worldOf(provider: RunningProvider, section: string): ProviderWorld {
    const { clock, logger, metrics } = this.#options;
    const { name, key } = provider.request;
    const labels = { mechanism: name, config: section };
    const { mechanisms } = metrics;
    return {
      clock,
      logger: logger.child({ discovery: name, config: section }),
      metrics: mechanisms,
      update: (groups) => {
        if (this.#running.get(key) !== provider) return;
        provider.groups = groups;
        provider.hasSpoken = true;
        metrics.receivedUpdates.inc();
        this.#scheduleUpdate();
      },
      countFailure: () => {
        mechanisms.refreshFailures.inc(labels);
        this.#noteFailure(provider);
      },
      observeRefresh: (seconds) => {
        mechanisms.refreshDuration.observe(labels, seconds);
        mechanisms.refreshDurationHistogram.observe(labels, seconds);
      },
    };
  }

  /** After its first failure a provider no longer keeps what its predecessor found. */
  #noteFailure(provider: RunningProvider): void {
    if (provider.hasSpoken || this.#running.get(provider.request.key) !== provider) return;
    provider.hasSpoken = true;
    this.#scheduleUpdate();
  }

  #noteNoStart(provider: RunningProvider, section: string, error: unknown): void {
    const { name } = provider.request;
    this.#options.logger.error({ err: error, type: name, config: section }, "Cannot create service discovery");
    provider.isFailed = true;
    this.#noteFailure(provider);
    this.#countFailedConfigs();
  }

  #countFailedConfigs(): void {
    const failed = [...this.#running.values()].filter(({ isFailed }) => isFailed);
    this.#options.metrics.failedConfigs.set(failed.length);
  }

  #stop(provider: RunningProvider): void {
    this.#running.delete(provider.request.key);
    provider.stop();
  }

  /** The first update goes out at once, later ones wait until the interval since the last one is over. */
  #scheduleUpdate(): void {
    if (this.#cancelUpdate) return;
    const { clock } = this.#options;
    const waitMs = Math.max(0, this.#updatedAt + this.#updateIntervalMs - clock.now());
    this.#cancelUpdate = clock.after(waitMs, () => {
      this.#cancelUpdate = undefined;
      this.#updatedAt = clock.now();
      const targets = this.targets();
      this.#options.metrics.countUpdate(targets);
      this.#options.onUpdate(targets);
    });
  }

  targets(): DiscoveredTargets {
    const lists = [...this.#sections].map(([name, section]) => {
      const groups = section.keys.flatMap((key) => this.#groupsOf(key));
      return [name, this.#isSettled(section) ? groups : [...groups, ...section.former]] as const;
    });
    return new Map(lists);
  }

  #isSettled({ keys }: Section): boolean {
    return keys.every((key) => this.#running.get(key)?.hasSpoken ?? true);
  }

  #groupsOf(key: string): readonly TargetGroup[] {
    return this.#running.get(key)?.groups ?? [];
  }
}
