// Quantiles of a stream in bounded memory: a merging t-digest.
// Dunning, Ertl: "Computing Extremely Accurate Quantiles Using t-Digests" (2019), scale function k1. Values collect in a
// buffer; when it is full they are merged into centroids, small ones at both ends, where quantiles must be sharp.

/** About half as many centroids are kept; the error of a quantile is below 1 % of rank, far less at the ends. */
const compression = 200;
const bufferMax = 512;

export class Digest {
  #means: number[] = [];
  #weights: number[] = [];
  readonly #buffer: number[] = [];
  #count = 0;
  #min = Infinity;
  #max = -Infinity;

  push(value: number): void {
    if (Number.isNaN(value)) return;
    this.#buffer.push(value);
    this.#count++;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    if (this.#buffer.length >= bufferMax) this.#merge();
  }

  /** NaN while nothing was pushed. Exact at 0 and 1, and everywhere while there are few values. */
  quantile(rank: number): number {
    if (this.#count === 0) return NaN;
    this.#merge();
    const target = rank * this.#count;
    let below = 0;
    let previousCenter = 0;
    let previousMean = this.#min;
    for (let i = 0; i < this.#means.length; i++) {
      const center = below + this.#weights[i]! / 2;
      if (target < center) {
        const share = (target - previousCenter) / (center - previousCenter);
        return previousMean + share * (this.#means[i]! - previousMean);
      }
      below += this.#weights[i]!;
      previousCenter = center;
      previousMean = this.#means[i]!;
    }
    const rest = this.#count - previousCenter;
    return previousMean + ((target - previousCenter) / rest) * (this.#max - previousMean);
  }

  #merge(): void {
    if (this.#buffer.length === 0) return;
    const points = this.#means.map((mean, i) => ({ mean, weight: this.#weights[i]! }));
    for (const value of this.#buffer) points.push({ mean: value, weight: 1 });
    this.#buffer.length = 0;
    points.sort((a, b) => a.mean - b.mean);
    this.#means = [];
    this.#weights = [];
    let merged = points[0]!;
    let before = 0;
    let limit = this.#limitAfter(0);
    for (const point of points.slice(1)) {
      if (before + merged.weight + point.weight <= limit) {
        merged = mergePoints(merged, point);
        continue;
      }
      this.#append(merged);
      before += merged.weight;
      limit = this.#limitAfter(before);
      merged = point;
    }
    this.#append(merged);
  }

  #append(point: { mean: number; weight: number }): void {
    this.#means.push(point.mean);
    this.#weights.push(point.weight);
  }

  // How much weight may lie left of the end of a centroid that begins after `before`: one step of k1.
  #limitAfter(before: number): number {
    const k = (compression / (2 * Math.PI)) * Math.asin((2 * before) / this.#count - 1);
    const next = Math.min(k + 1, compression / 4);
    return (this.#count * (Math.sin((next * 2 * Math.PI) / compression) + 1)) / 2;
  }
}

interface Point {
  readonly mean: number;
  readonly weight: number;
}

function mergePoints(a: Point, b: Point): Point {
  const weight = a.weight + b.weight;
  // Equal means stay exact, infinite ones included.
  const mean = a.mean === b.mean ? a.mean : a.mean + ((b.mean - a.mean) * b.weight) / weight;
  return { mean, weight };
}
