// What remotes sent for the selections of one query: plain data, which crosses to the query worker that evaluates it.
// Comes from: remote/read/remotes, on the main thread. Goes to: remote/read/stores, which decodes it.
import type { ReadResponseType } from "@narthex/formats";

/** ms, both inclusive. */
export type TimeSpan = { readonly start: number; readonly end: number };

/** A selection that remotes were asked for, or need not be. */
export type AskedSelection = TimeSpan & { readonly key: string };

export type RemoteAnswer = {
  /** Which remote: all of one are taken, or none. */
  readonly remote: number;
  readonly key: string;
  /** Samples outside are not wanted, whether they were sent or not. */
  readonly range: TimeSpan;
  readonly type: ReadResponseType;
  readonly body: Uint8Array<ArrayBuffer>;
  /** chunked_read_limit */
  readonly frameBytesMax: number;
  /** Labels that were asked for and that series here do not have. */
  readonly droppedLabels: readonly string[];
};

export type RemoteData = {
  readonly selections: readonly AskedSelection[];
  readonly answers: readonly RemoteAnswer[];
  /** Why a remote's data is missing. */
  readonly warnings: readonly string[];
};

export function buffersOf({ answers }: RemoteData): ArrayBuffer[] {
  return answers.map(({ body }) => body.buffer);
}
