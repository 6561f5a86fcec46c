// The loop of providers that ask their source anew every refresh interval. A refresh that fails is counted and logged;
// the last good list stands. Comes from: a provider's `refresh`. Goes to: discovery/manager.
import type { HttpClientConfig } from "@narthex/service";
import { ApiClient } from "./api-client.js";
import type { MechanismMetrics } from "./mechanism-metrics.js";
import type { Provider, ProviderWorld, TargetGroup } from "./provider.js";

export type RefreshLoop = {
  readonly intervalMs: number;
  readonly world: ProviderWorld;
  /** The whole list. The signal aborts when the provider is stopped. */
  readonly refresh: (signal: AbortSignal) => Promise<readonly TargetGroup[]>;
};

/** Refreshes at once, then regularly. Returns a function that stops it. */
export function refreshRegularly({ intervalMs, world, refresh }: RefreshLoop): () => void {
  const { clock } = world;
  const controller = new AbortController();
  const { signal } = controller;
  let cancel = (): void => {};
  const run = async (): Promise<void> => {
    const start = clock.now();
    try {
      const groups = await refresh(signal);
      if (!signal.aborted) world.update(groups);
    } catch (error) {
      if (!signal.aborted) reportFailure(world, error);
    }
    if (signal.aborted) return;
    const tookMs = clock.now() - start;
    world.observeRefresh(tookMs / 1000);
    cancel = clock.after(Math.max(0, intervalMs - tookMs), () => void run());
  };
  void run();
  return () => {
    controller.abort();
    cancel();
  };
}

export function reportFailure(world: ProviderWorld, error: unknown): void {
  world.countFailure();
  world.logger.error({ err: error }, "Unable to refresh target groups");
}

/** What a provider of an HTTP API adds to the loop. */
export type ApiRefresh<C> = {
  readonly name: string;
  readonly list: (config: C, api: ApiClient, signal: AbortSignal) => Promise<readonly TargetGroup[]>;
  /** What the provider counts beside what is counted for all. */
  readonly countFailure?: (metrics: MechanismMetrics) => void;
};

/** A provider that lists an HTTP API every refresh interval, which is also how long an answer may take. */
export function apiProvider<C extends HttpClientConfig & { readonly refresh_interval: number }>({
  name,
  list,
  countFailure,
}: ApiRefresh<C>): Provider<C> {
  return {
    name,
    start(config, world) {
      const intervalMs = config.refresh_interval;
      const api = new ApiClient(config, { world, timeoutMs: intervalMs });
      const refresh = async (signal: AbortSignal): Promise<readonly TargetGroup[]> => {
        try {
          return await list(config, api, signal);
        } catch (error) {
          if (!signal.aborted) countFailure?.(world.metrics);
          throw error;
        }
      };
      const stop = refreshRegularly({ intervalMs, world, refresh });
      return () => {
        stop();
        api.close();
      };
    },
  };
}
