// Start times of the samples of open float chunks, beside the chunks: those are XOR, which has no place for them. A series
// without start times costs nothing; one whose counter did not begin anew has one run.
// Comes from: head/appender, head/replay. Goes to: chunks, when they are read or end (chunk/encode, withStartTimes).
import type { StartRuns } from "../chunk/encode.js";

export class OpenStartTimes {
  readonly #runs = new Map<number, number[]>();

  /**
   * The open chunk's, or undefined where no sample of it has a start time. Runs only grow at their end, and stay right for
   * the chunk when it has ended.
   */
  runsOf(slot: number): StartRuns | undefined {
    return this.#runs.get(slot);
  }

  get isEmpty(): boolean {
    return this.#runs.size === 0;
  }

  /** Whether any of the first `count` slots has start times. */
  hasSome(slots: Uint32Array, count: number): boolean {
    if (this.isEmpty) return false;
    for (let i = 0; i < count; i++) if (this.#runs.has(slots[i]!)) return true;
    return false;
  }

  /** The sample of the open chunk that was appended last, at `t`, has this start time; 0 for none. */
  note(slot: number, t: number, startTime: number): void {
    const runs = this.#runs.get(slot);
    if (!runs) {
      if (startTime !== 0) this.#runs.set(slot, [t, startTime]);
    } else if (runs[runs.length - 1] !== startTime) runs.push(t, startTime);
  }

  /** The open chunk has ended. */
  end(slot: number): void {
    this.#runs.delete(slot);
  }
}
