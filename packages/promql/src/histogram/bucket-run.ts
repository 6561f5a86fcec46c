// One side's buckets while they are summed: parallel columns, ascending in index, with a running compensation per
// count (Neumaier's form of Kahan summation), so that the order in which histograms are added hardly matters.
import type { Span } from "@narthex/model";

/** Maps a bucket index of the source to the receiver's; must not descend. */
export type IndexMapping = (index: number) => number;

/**
 * The compensation after `increment` is added to `sum`: what the addition loses, carried. 0 once the sum is infinite.
 *
 * Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen" (1974).
 */
export function nextCompensation(compensation: number, sum: number, increment: number): number {
  const total = sum + increment;
  if (total === Infinity || total === -Infinity) return 0;
  const lost = Math.abs(sum) >= Math.abs(increment) ? sum - total + increment : increment - total + sum;
  return compensation + lost;
}

/** Grows by itself and is never shared: whoever holds the run owns its arrays. */
export class BucketRun {
  size = 0;
  indexes: Int32Array = new Int32Array(16);
  counts: Float64Array = new Float64Array(16);
  compensations: Float64Array = new Float64Array(16);

  /** Adds spans and absolute counts times `factor`. Allocates only where a bucket is new. */
  addSpans(spans: readonly Span[], counts: readonly number[], factor: number): void {
    let position = 0;
    let index = 0;
    let at = 0;
    for (const span of spans) {
      index += span.offset;
      for (let i = 0; i < span.length; i++) {
        position = this.add(position, index++, (counts[at++] as number) * factor);
      }
    }
  }

  /** As `addSpans`, each bucket's index mapped. */
  addSpansMapped(side: { spans: readonly Span[]; counts: readonly number[]; factor: number }, map: IndexMapping): void {
    let position = 0;
    let index = 0;
    let at = 0;
    for (const span of side.spans) {
      index += span.offset;
      for (let i = 0; i < span.length; i++) {
        position = this.add(position, map(index++), (side.counts[at++] as number) * side.factor);
      }
    }
  }

  /** Adds to bucket `index`, looking from `position` on; returns the bucket's position. */
  private add(position: number, index: number, count: number): number {
    let at = position;
    while (at < this.size && (this.indexes[at] as number) < index) at++;
    if (at === this.size || this.indexes[at] !== index) this.insert(at, index);
    const sum = this.counts[at] as number;
    this.counts[at] = sum + count;
    this.compensations[at] = nextCompensation(this.compensations[at] as number, sum, count);
    return at;
  }

  private insert(at: number, index: number): void {
    if (this.size === this.indexes.length) this.grow();
    this.indexes.copyWithin(at + 1, at, this.size);
    this.counts.copyWithin(at + 1, at, this.size);
    this.compensations.copyWithin(at + 1, at, this.size);
    this.indexes[at] = index;
    this.counts[at] = 0;
    this.compensations[at] = 0;
    this.size++;
  }

  private grow(): void {
    const capacity = this.indexes.length * 2;
    this.indexes = copied(new Int32Array(capacity), this.indexes);
    this.counts = copied(new Float64Array(capacity), this.counts);
    this.compensations = copied(new Float64Array(capacity), this.compensations);
  }

  /** Moves every bucket to its mapped index; buckets that meet are added. */
  remap(map: IndexMapping): void {
    let kept = 0;
    for (let i = 0; i < this.size; i++) {
      const index = map(this.indexes[i] as number);
      if (kept > 0 && this.indexes[kept - 1] === index) {
        this.merge(kept - 1, i);
        continue;
      }
      this.indexes[kept] = index;
      this.counts[kept] = this.counts[i] as number;
      this.compensations[kept] = this.compensations[i] as number;
      kept++;
    }
    this.size = kept;
  }

  private merge(target: number, source: number): void {
    const sum = this.counts[target] as number;
    const increment = this.counts[source] as number;
    const carried = (this.compensations[target] as number) + (this.compensations[source] as number);
    this.counts[target] = sum + increment;
    this.compensations[target] = nextCompensation(carried, sum, increment);
  }

  multiply(factor: number): void {
    for (let i = 0; i < this.size; i++) {
      this.counts[i] = (this.counts[i] as number) * factor;
      this.compensations[i] = (this.compensations[i] as number) * factor;
    }
  }

  total(i: number): number {
    return (this.counts[i] as number) + (this.compensations[i] as number);
  }

  /** Whether any count is beyond ±`limit`. */
  exceeds(limit: number): boolean {
    for (let i = 0; i < this.size; i++) if (Math.abs(this.counts[i] as number) > limit) return true;
    return false;
  }

  copy(): BucketRun {
    const run = new BucketRun();
    run.size = this.size;
    run.indexes = this.indexes.slice();
    run.counts = this.counts.slice();
    run.compensations = this.compensations.slice();
    return run;
  }

  /** The populated buckets as spans and counts, in fresh arrays. */
  spans(): { spans: Span[]; counts: number[] } {
    const indexes: number[] = [];
    const counts: number[] = [];
    for (let i = 0; i < this.size; i++) {
      const count = this.total(i);
      if (count === 0) continue;
      indexes.push(this.indexes[i] as number);
      counts.push(count);
    }
    return { spans: spansFrom(indexes), counts };
  }
}

function copied<T extends Int32Array | Float64Array>(larger: T, values: T): T {
  larger.set(values);
  return larger;
}

/** Spans for ascending bucket indexes. */
export function spansFrom(indexes: readonly number[]): Span[] {
  const spans: Span[] = [];
  let end = 0;
  for (let i = 0; i < indexes.length; ) {
    const start = indexes[i] as number;
    let length = 1;
    while (i + length < indexes.length && indexes[i + length] === start + length) length++;
    spans.push({ offset: start - end, length });
    end = start + length;
    i += length;
  }
  return spans;
}
