// The rows of one batch on their way to the appender. One instance serves all targets of a server: appending is
// synchronous, so no two batches are ever in work at once, and nothing is allocated per sample.
import { type AppendColumns, setStaleAt, wordsOf } from "@narthex/model";
import { grown } from "@narthex/stdx";

export class SampleRows implements AppendColumns {
  count = 0;
  refs: Uint32Array = new Uint32Array(1024);
  t: Float64Array = new Float64Array(1024);
  v: Float64Array = new Float64Array(1024);
  /** In ms, 0 for unknown; undefined while no row has one. */
  startTimes: Float64Array | undefined;
  outcomes: Uint8Array = new Uint8Array(1024);
  /** Which row of the exposition it came from; meaningless for other rows. */
  sourceRows: Uint32Array = new Uint32Array(1024);
  #words: Uint32Array = wordsOf(this.v);

  clear(): void {
    this.count = 0;
    this.startTimes = undefined;
  }

  reserve(capacity: number): void {
    if (capacity <= this.refs.length) return;
    const size = Math.max(capacity, this.refs.length * 2);
    this.refs = grown(this.refs, size);
    this.t = grown(this.t, size);
    this.v = grown(this.v, size);
    this.#words = wordsOf(this.v);
    if (this.startTimes) this.startTimes = grown(this.startTimes, size);
    this.outcomes = grown(this.outcomes, size);
    this.sourceRows = grown(this.sourceRows, size);
  }

  push(ref: number, t: number, v: number): void {
    this.reserve(this.count + 1);
    this.refs[this.count] = ref;
    this.t[this.count] = t;
    this.v[this.count] = v;
    this.count++;
  }

  /** Of the row pushed last; 0 for unknown. */
  setStartTime(startTime: number): void {
    if (startTime === 0 && !this.startTimes) return;
    this.startTimes ??= new Float64Array(this.t.length);
    this.startTimes[this.count - 1] = startTime;
  }

  pushStale(ref: number, t: number): void {
    this.push(ref, t, 0);
    setStaleAt(this.#words, this.count - 1);
  }
}
