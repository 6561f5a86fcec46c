// Counter reset hints as Prometheus' storage gives them: the first histogram of a chunk is "unknown", those after it
// "not_reset", and gauges are gauges. A chunk ends where the next histogram cannot continue it.
// Prometheus: tsdb/chunkenc appendable. Chunks that end for their size alone are not imitated.
import type { Histogram } from "@narthex/model";
import { customBoundsEqual } from "../histogram/bounds.js";
import { isCounterReset } from "../histogram/reset-detection.js";
import { withHint } from "../histogram/reset-hint.js";

export class HintTracker {
  private previous: Histogram | undefined;

  /** A float or a stale marker: the next histogram starts a chunk. */
  end(): void {
    this.previous = undefined;
  }

  /** The histogram as it will be read. */
  next(histogram: Histogram): Histogram {
    const { previous } = this;
    this.previous = histogram;
    if (histogram.counterResetHint === "gauge") return histogram;
    return withHint(histogram, previous && continues(histogram, previous) ? "not_reset" : "unknown");
  }
}

function continues(histogram: Histogram, previous: Histogram): boolean {
  return (
    previous.counterResetHint !== "gauge" &&
    histogram.counterResetHint !== "reset" &&
    histogram.schema === previous.schema &&
    histogram.zeroThreshold === previous.zeroThreshold &&
    customBoundsEqual(histogram.customValues, previous.customValues) &&
    !isCounterReset(withHint(histogram, "unknown"), previous)
  );
}
