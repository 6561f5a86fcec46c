// The metrics that every Node.js program has, under the names that dashboards know.
// Process metrics are those of all Prometheus client libraries; on systems without /proc some are left out.
import type { Registry } from "../registry.js";
import { register as defaultRegister } from "../registry.js";
import { addActivityMetrics } from "./activity.js";
import { addEventLoopMetrics } from "./event-loop.js";
import { addGarbageCollectionMetrics } from "./garbage-collection.js";
import { addHeapMetrics } from "./heap.js";
import { addProcessMetrics } from "./process.js";
import type { DefaultScope } from "./scope.js";
import { addVersionMetric } from "./version.js";

export interface DefaultMetricsOptions {
  readonly register?: Registry;
  /** Put before every name. */
  readonly prefix?: string;
  /** Put on every series. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly gcDurationBuckets?: readonly number[];
  /** Milliseconds between two looks at the event loop; each wakes the process. 100 unless given. */
  readonly eventLoopMonitoringPrecision?: number;
}

// A program at rest should sleep: 10 ms, as elsewhere, were half of all wake-ups of a server that scrapes 100 targets.
const lookMs = 100;

/** Adds the metrics. Returns a function that stops the observers behind them; the metrics stay as they are. */
export function collectDefaultMetrics(options: DefaultMetricsOptions = {}): () => void {
  const labels = options.labels ?? {};
  const scope: DefaultScope = {
    registers: [options.register ?? defaultRegister],
    prefix: options.prefix ?? "",
    labels,
    labelNames: Object.keys(labels),
  };
  addProcessMetrics(scope);
  addHeapMetrics(scope);
  addActivityMetrics(scope);
  addVersionMetric(scope);
  const stopEventLoop = addEventLoopMetrics(scope, options.eventLoopMonitoringPrecision ?? lookMs);
  const stopGarbageCollection = addGarbageCollectionMetrics(
    scope,
    options.gcDurationBuckets ?? [0.001, 0.01, 0.1, 1, 2, 5],
  );
  return () => {
    stopEventLoop();
    stopGarbageCollection();
  };
}
