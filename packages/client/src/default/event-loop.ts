// nodejs_eventloop_lag_*: how late timers fire. nodejs_eventloop_lag_seconds is measured at the time of the scrape, the
// others come from a histogram that starts over with every scrape.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Gauge } from "../gauge.js";
import { startStopwatch } from "../stopwatch.js";
import type { DefaultScope } from "./scope.js";

type Delays = ReturnType<typeof monitorEventLoopDelay>;

const statistics: readonly (readonly [name: string, help: string, read: (delays: Delays) => number])[] = [
  ["min", "The minimum recorded event loop delay.", (delays) => delays.min],
  ["max", "The maximum recorded event loop delay.", (delays) => delays.max],
  ["mean", "The mean of the recorded event loop delays.", (delays) => delays.mean],
  ["stddev", "The standard deviation of the recorded event loop delays.", (delays) => delays.stddev],
  ["p50", "The 50th percentile of the recorded event loop delays.", (delays) => delays.percentile(50)],
  ["p90", "The 90th percentile of the recorded event loop delays.", (delays) => delays.percentile(90)],
  ["p99", "The 99th percentile of the recorded event loop delays.", (delays) => delays.percentile(99)],
];

/** Returns a function that stops the measuring. */
export function addEventLoopMetrics(scope: DefaultScope, resolution: number): () => void {
  const { registers, prefix, labels, labelNames } = scope;
  const delays = monitorEventLoopDelay({ resolution });
  delays.enable();
  const gauges = statistics.map(([name, help, read]) => {
    const gauge = new Gauge({ name: `${prefix}nodejs_eventloop_lag_${name}_seconds`, help, registers, labelNames });
    return { child: gauge.labels(labels), read };
  });
  new Gauge({
    name: `${prefix}nodejs_eventloop_lag_seconds`,
    help: "Lag of event loop in seconds.",
    registers,
    labelNames,
    async collect() {
      for (const { child, read } of gauges) child.set(delays.count === 0 ? 0 : read(delays) / 1e9);
      delays.reset();
      this.labels(labels).set(await lagNow());
    },
  });
  return () => delays.disable();
}

// How long the loop takes to come round.
function lagNow(): Promise<number> {
  const stop = startStopwatch();
  return new Promise((resolve) => setImmediate(() => resolve(stop())));
}
