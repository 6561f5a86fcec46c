// Up to what time the samples of the log's segments go, as far as that was looked at: which segments hold nothing that is newer.
// Comes from: compact/maintenance, which notes it every minute. Goes to: head/truncate.

export class SegmentTimes {
  /** In order of both: no sample up to the end of `segment` is newer than `maxTime`. */
  readonly #ends: { readonly segment: number; readonly maxTime: number }[] = [];

  /** `segment` has ended, and no sample of the log is newer than `maxTime`. */
  noteEnd(segment: number, maxTime: number): void {
    if (segment > (this.#ends.at(-1)?.segment ?? -1)) this.#ends.push({ segment, maxTime });
  }

  /** The last segment known to hold samples before `time` only; -1 for none. */
  lastBefore(time: number): number {
    return this.#ends.findLast(({ maxTime }) => maxTime < time)?.segment ?? -1;
  }

  /** Segments up to this one are gone. */
  drop(segment: number): void {
    const kept = this.#ends.findIndex((end) => end.segment > segment);
    this.#ends.splice(0, kept < 0 ? this.#ends.length : kept);
  }
}
