// What the server and the thread that sends say to each other. All of it can be cloned.
import type { Metadata } from "@narthex/model";
import type { WalPosition } from "@narthex/tsdb";

/** Given to the thread when it starts. */
export type SendSetup = {
  /** Folder of the log. */
  readonly walPath: string;
  /** Samples that are not newer are not sent, unless a queue goes on where another stopped; ms. */
  readonly startTime: number;
  readonly userAgent: string;
  /** --storage.remote.flush-deadline, in ms. */
  readonly flushDeadlineMs: number;
  readonly addsTypeAndUnit: boolean;
  /** Shared: see `Intake`. */
  readonly intake: SharedArrayBuffer;
};

/** Where a queue begins in the log; of what it finds there, samples that are not newer than `startTime` (ms) are not sent. */
export type Begin = WalPosition & { readonly startTime: number };

/** One remote: a `Remote` whose config went through `pack`. */
export type PackedRemote = {
  readonly hash: string;
  readonly name: string;
  readonly url: string;
  readonly config: unknown;
  /** Shared, of `QueueNumbers`. */
  readonly numbers: SharedArrayBuffer;
  /** Hash of the remote that this one takes the place of. */
  readonly follows: string | undefined;
  /** Where the log is to be read from, where it follows none. */
  readonly from: Begin | undefined;
};

export type ToSender =
  | {
      readonly kind: "apply";
      readonly id: number;
      readonly remotes: readonly PackedRemote[];
      /** Name, value, name, …; sorted. */
      readonly externalLabels: readonly string[];
    }
  | { readonly kind: "metadata"; readonly families: Families }
  | { readonly kind: "close"; readonly id: number };

/** One entry for each metric family that targets expose. */
export type Families = ReadonlyMap<string, Metadata>;

export type LogLevel = "debug" | "info" | "warn" | "error";

export type FromSender =
  | { readonly kind: "done"; readonly id: number; readonly error?: string }
  | {
      readonly kind: "log";
      readonly level: LogLevel;
      readonly fields: Readonly<Record<string, string | number>>;
      readonly text: string;
    };

/** What comes in for all remotes, as the storage counts it; the server writes, the thread reads. */
export class Intake {
  readonly buffer: SharedArrayBuffer;
  readonly #values: Float64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(16)) {
    this.buffer = buffer;
    this.#values = new Float64Array(buffer);
  }

  /** Samples, histograms and exemplars since the start. */
  get rows(): number {
    return this.#values[0]!;
  }

  /** ms; 0 before the first sample. */
  get highestTime(): number {
    return this.#values[1]!;
  }

  set({ rows, highestTime }: { readonly rows: number; readonly highestTime: number }): void {
    this.#values[0] = rows;
    this.#values[1] = highestTime;
  }
}
