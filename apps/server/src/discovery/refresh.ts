// The loop of providers that ask their source anew every refresh interval. A refresh that fails is counted and logged;
// the last good list stands. Comes from: a provider's `refresh`. Goes to: discovery/manager.
import type { HttpClientConfig } from "@narthex/service";
import { manyListeners } from "../many-listeners.js";
import { ApiClient } from "./api-client.js";
import type { MechanismMetrics } from "./mechanism-metrics.js";
import type { Provider, ProviderWorld, TargetGroup } from "./provider.js";

export type RefreshLoop = {
  readonly intervalMs: number;
  readonly world: ProviderWorld;
  /** The whole list; undefined where it did not change. The signal aborts when the provider is stopped. */
  readonly refresh: (signal: AbortSignal) => Promise<readonly TargetGroup[] | undefined>;
};

/** Refreshes at once, then regularly. Returns a function that stops it. */
export function refreshRegularly({ intervalMs, world, refresh }: RefreshLoop): () => void {
  const { clock } = world;
  const controller = manyListeners(new AbortController());
  const { signal } = controller;
  let cancel = (): void => {};
  const run = async (): Promise<void> => {
    const start = clock.now();
    try {
      const groups = await refresh(signal);
      if (groups && !signal.aborted) world.update(groups);
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

type Regular = { readonly refresh_interval: number };

/** What a provider of an HTTP API adds to the loop. */
export type ApiRefresh<C> = {
  readonly name: string;
  readonly list: (config: C, api: ApiClient, signal: AbortSignal) => Promise<readonly TargetGroup[]>;
  /** What the provider counts beside what is counted for all. */
  readonly countFailure?: (metrics: MechanismMetrics) => void;
};

/** A provider that lists an HTTP API every refresh interval, which is also how long an answer may take. */
export function apiProvider<C extends HttpClientConfig & Regular>({ list, ...rest }: ApiRefresh<C>): Provider<C> {
  return sessionProvider<C>({
    ...rest,
    http: (config) => config,
    open:
      ({ config, api }) =>
      (signal) =>
        list(config, api, signal),
  });
}

export type SessionScope<C> = { readonly config: C; readonly api: ApiClient; readonly world: ProviderWorld };

/** For an API that remembers who asks: a token, a version. */
export type ApiSession<C> = {
  readonly name: string;
  readonly http: (config: C) => HttpClientConfig;
  /** Called once when the provider starts; what it returns is asked for the whole list, undefined for no change. */
  readonly open: (scope: SessionScope<C>) => (signal: AbortSignal) => Promise<readonly TargetGroup[] | undefined>;
  readonly countFailure?: (metrics: MechanismMetrics) => void;
};

/** As apiProvider. */
export function sessionProvider<C extends Regular>({ name, http, open, countFailure }: ApiSession<C>): Provider<C> {
  return {
    name,
    start(config, world) {
      const intervalMs = config.refresh_interval;
      const api = new ApiClient(http(config), { world, timeoutMs: intervalMs });
      const list = open({ config, api, world });
      const refresh = async (signal: AbortSignal): Promise<readonly TargetGroup[] | undefined> => {
        try {
          return await list(signal);
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
