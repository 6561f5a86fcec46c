// How late samples come: the histogram prometheus_tsdb_sample_ooo_delta, of all that came late, be they taken or refused.
// Comes from: head/appender. Goes to: stats.

/** Upper bounds in seconds, ascending; Prometheus': 10 min, 30 min, 1 h, 2 h, 3 h, 6 h, 12 h. */
const boundsSeconds = [600, 1800, 3600, 7200, 10_800, 21_600, 43_200];

export interface LateDeltaCounts {
  /** Bounds in seconds. */
  readonly buckets: readonly { readonly upperBound: number; readonly cumulativeCount: number }[];
  readonly count: number;
  readonly sumSeconds: number;
}

export class LateDeltas {
  /** Not cumulative; the last one counts what is above all bounds. */
  readonly #counts = new Float64Array(boundsSeconds.length + 1);
  #sumMs = 0;

  /** `deltaMs`: how far behind the newest sample of the head. */
  observe(deltaMs: number): void {
    // An empty head has no newest one.
    if (!(deltaMs > 0)) return;
    const bucket = boundsSeconds.findIndex((bound) => deltaMs <= bound * 1000);
    this.#counts[bucket < 0 ? boundsSeconds.length : bucket]!++;
    this.#sumMs += deltaMs;
  }

  counts(): LateDeltaCounts {
    let count = 0;
    const buckets = boundsSeconds.map((upperBound, i) => {
      count += this.#counts[i]!;
      return { upperBound, cumulativeCount: count };
    });
    return { buckets, count: count + this.#counts[boundsSeconds.length]!, sumSeconds: this.#sumMs / 1000 };
  }
}
