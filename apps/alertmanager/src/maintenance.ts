// The recurring chores: forgetting resolved alerts, compacting the state files.

import type { Logger } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import type { MaintenanceMetrics } from "./metrics.js";

/** Calls `task` every `intervalMs`. Returns a function that ends it. */
export function repeat(clock: Clock, intervalMs: number, task: () => void): () => void {
  let cancel: () => void;
  const schedule = (): void => {
    cancel = clock.after(intervalMs, () => {
      schedule();
      task();
    });
  };
  schedule();
  return () => cancel();
}

export interface MaintainedStore {
  readonly name: "silences" | "nflog";
  readonly maintain: () => number;
  readonly metrics: MaintenanceMetrics;
}

/** A failed run is logged and counted; the file stays as it was and the next run tries again. */
export function runMaintenance(store: MaintainedStore, logger: Logger): void {
  const { runs, errors, duration } = store.metrics;
  runs.inc();
  const stop = duration.startTimer();
  try {
    const forgotten = store.maintain();
    logger.debug({ store: store.name, forgotten }, "maintenance done");
  } catch (error) {
    errors.inc();
    logger.error({ store: store.name, err: error }, "maintenance failed");
  } finally {
    stop();
  }
}
