// nodejs_eventloop_lag_*: how late timers fire. nodejs_eventloop_lag_seconds is measured at the time of the scrape, the
// others come from a histogram that starts over with every scrape.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Gauge } from "../gauge.js";
import { startStopwatch } from "../stopwatch.js";
import type { DefaultScope } from "./scope.js";

type Delays = ReturnType<typeof monitorEventLoopDelay>;

/** `intervals`: how many times the resolution stands in what Node.js records, which is the time from one look to the next. */
type Statistic = { readonly help: string; readonly read: (delays: Delays) => number; readonly intervals: 0 | 1 };

const statistics: Readonly<Record<string, Statistic>> = {
  min: { help: "The minimum recorded event loop delay.", read: (delays) => delays.min, intervals: 1 },
  max: { help: "The maximum recorded event loop delay.", read: (delays) => delays.max, intervals: 1 },
  mean: { help: "The mean of the recorded event loop delays.", read: (delays) => delays.mean, intervals: 1 },
  stddev: {
    help: "The standard deviation of the recorded event loop delays.",
    read: (delays) => delays.stddev,
    intervals: 0,
  },
  p50: { help: "The 50th percentile of the recorded event loop delays.", read: percentile(50), intervals: 1 },
  p90: { help: "The 90th percentile of the recorded event loop delays.", read: percentile(90), intervals: 1 },
  p99: { help: "The 99th percentile of the recorded event loop delays.", read: percentile(99), intervals: 1 },
};

function percentile(rank: number): Statistic["read"] {
  return (delays) => delays.percentile(rank);
}

/** `resolution`: milliseconds between two looks, each of which wakes the process. Returns a function that stops the measuring. */
export function addEventLoopMetrics(scope: DefaultScope, resolution: number): () => void {
  const { registers, prefix, labels, labelNames } = scope;
  const delays = monitorEventLoopDelay({ resolution });
  delays.enable();
  const gauges = Object.entries(statistics).map(([name, { help, read, intervals }]) => {
    const gauge = new Gauge({ name: `${prefix}nodejs_eventloop_lag_${name}_seconds`, help, registers, labelNames });
    const lag = (): number => Math.max(0, read(delays) / 1e9 - (intervals * resolution) / 1000);
    return { child: gauge.labels(labels), lag };
  });
  new Gauge({
    name: `${prefix}nodejs_eventloop_lag_seconds`,
    help: "Lag of event loop in seconds.",
    registers,
    labelNames,
    async collect() {
      for (const { child, lag } of gauges) child.set(delays.count === 0 ? 0 : lag());
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
