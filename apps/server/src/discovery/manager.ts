// Runs the providers of all sections and puts their lists together, one list of target groups per section.
// Comes from: config. Goes to: scrape/manager (jobs) and notify (Alertmanagers).
// Providers with equal configs run once; a reload starts and stops only what changed.
import type { Logger } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import type { DiscoveryConfigs } from "../config/discovery.js";
import type { DiscoveryMetrics } from "./metrics.js";
import type { TargetGroup } from "./provider.js";
import { type ProviderRequest, providersOf } from "./registry.js";

/** By section: a job's name, or "config-0" for the first alertmanagers entry. */
export type DiscoveredTargets = ReadonlyMap<string, readonly TargetGroup[]>;

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
  /** Undefined until the provider has spoken. */
  groups: readonly TargetGroup[] | undefined;
};

export class DiscoveryManager {
  readonly #options: DiscoveryOptions;
  readonly #updateIntervalMs: number;
  readonly #running = new Map<string, RunningProvider>();
  #sections: ReadonlyMap<string, readonly string[]> = new Map();
  #cancelUpdate: (() => void) | undefined;
  #updatedAt = Number.NEGATIVE_INFINITY;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#updateIntervalMs = options.updateIntervalMs ?? 5000;
  }

  apply(sections: ReadonlyMap<string, DiscoveryConfigs>): void {
    const wanted = new Map<string, ProviderRequest>();
    const keys = new Map<string, string[]>();
    for (const [section, configs] of sections) {
      const requests = providersOf(configs);
      for (const request of requests) wanted.set(request.key, request);
      keys.set(
        section,
        requests.map(({ key }) => key),
      );
    }
    for (const [key, provider] of this.#running) if (!wanted.has(key)) this.#stop(provider);
    this.#sections = keys;
    for (const [key, request] of wanted) if (!this.#running.has(key)) this.#start(request);
    this.#scheduleUpdate();
  }

  /** Stops all providers; no update comes afterwards. */
  close(): void {
    for (const provider of this.#running.values()) this.#stop(provider);
    this.#cancelUpdate?.();
    this.#cancelUpdate = undefined;
  }

  #start(request: ProviderRequest): void {
    const { clock, logger, metrics } = this.#options;
    let stop = (): void => {};
    const provider: RunningProvider = { request, stop: () => stop(), groups: undefined };
    this.#running.set(request.key, provider);
    stop = request.start({
      clock,
      logger: logger.child({ discovery: request.name }),
      update: (groups) => {
        if (this.#running.get(request.key) !== provider) return;
        provider.groups = groups;
        metrics.receivedUpdates.inc();
        this.#scheduleUpdate();
      },
      countFailure: () => metrics.refreshFailures.inc({ mechanism: request.name }),
    });
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
    const lists = [...this.#sections].map(([section, keys]) => {
      const groups = keys.flatMap((key) => this.#groupsOf(key));
      return [section, groups] as const;
    });
    return new Map(lists);
  }

  #groupsOf(key: string): readonly TargetGroup[] {
    return this.#running.get(key)?.groups ?? [];
  }
}
