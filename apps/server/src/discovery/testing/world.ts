// Runs one provider for a test: its lists one by one, its failures and log lines, on a clock that is set.
import { Registry } from "@narthex/client";
import { createLogger, parseYamlFile } from "@narthex/service";
import { SimClock } from "@narthex/stdx";
import type { SdSection } from "../../config/sd-section.js";
import { mechanismMetrics } from "../mechanism-metrics.js";
import type { Provider, TargetGroup } from "../provider.js";

export type RunningProvider = {
  readonly clock: SimClock;
  readonly registry: Registry;
  readonly logged: string[];
  readonly failures: () => number;
  /** The next list that was not yet taken. */
  readonly next: () => Promise<readonly TargetGroup[]>;
  /** Resolves at the next failure that was not yet taken. */
  readonly nextFailure: () => Promise<void>;
  /** Resolves at the end of a refresh, good or not, that was not yet taken. */
  readonly rested: () => Promise<void>;
  readonly stop: () => void;
};

/** Reads `yaml` as an entry of the provider's list and starts it. */
export function runProvider<C>(provider: Provider<C>, section: SdSection<C>, yaml: string): RunningProvider {
  return startProvider(provider, parseSd(section, yaml));
}

export function parseSd<C>(section: SdSection<C>, yaml: string): C {
  return parseYamlFile("test.yml", yaml, section.decoder);
}

export function startProvider<C>(provider: Provider<C>, config: C): RunningProvider {
  const clock = new SimClock(1_000_000);
  const registry = new Registry({ clock });
  const logged: string[] = [];
  const lists = new Arrivals<readonly TargetGroup[]>();
  const failed = new Arrivals<void>();
  const rests = new Arrivals<void>();
  let failures = 0;
  const stop = provider.start(config, {
    clock,
    logger: createLogger({ level: "debug", format: "logfmt", write: (line) => logged.push(line) }),
    metrics: mechanismMetrics(registry),
    update: (groups) => lists.push(groups),
    countFailure: () => {
      failures++;
      failed.push();
    },
    observeRefresh: () => rests.push(),
  });
  return {
    clock,
    registry,
    logged,
    failures: () => failures,
    next: () => lists.next(),
    nextFailure: () => failed.next(),
    rested: () => rests.next(),
    stop,
  };
}

/** Values that come when they come, awaited in their order. */
class Arrivals<T> {
  readonly #values: T[] = [];
  #waiting: ((value: T) => void)[] = [];

  push(value: T): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(value);
    else this.#values.push(value);
  }

  next(): Promise<T> {
    if (this.#values.length === 0) return new Promise((resolve) => this.#waiting.push(resolve));
    // One is there: the values of failures are undefined themselves.
    return Promise.resolve(this.#values.shift() as T);
  }
}

/** Each target with its group's labels, as relabelling sees it; labels that are empty left out. */
export function targetsOf(groups: readonly TargetGroup[]): Record<string, string>[] {
  return groups.flatMap(({ targets, labels }) =>
    targets.map((target) =>
      Object.fromEntries(Object.entries({ ...labels, ...target }).filter(([, value]) => value !== "")),
    ),
  );
}

/** The value of one series of the registry; 0 where it is not there. */
export async function metricValue(registry: Registry, series: string): Promise<number> {
  const line = (await registry.metrics()).split("\n").find((one) => one.startsWith(`${series} `));
  return Number(line?.split(" ").at(-1) ?? 0);
}
