// Reads the alert history backwards, the newest transition first, until enough is found or it is too old.
// Comes from: api/alert-history. A long history is read in pieces, with turns of the event loop between them.
import type { File } from "@narthex/stdx";
import { type AlertHistory, lineBytesMax } from "./log.js";
import { decodeTransition, type Transition } from "./transition.js";

export type HistoryQuery = {
  /** Both inclusive, ms. */
  readonly start: number;
  readonly end: number;
  readonly isWanted: (transition: Transition) => boolean;
  readonly limit: number;
  /** Aborted: the reading ends and rejects. */
  readonly signal?: AbortSignal;
};

export type HistoryAnswer = { readonly transitions: readonly Transition[]; readonly isCut: boolean };

const pieceBytes = 256 * 1024;

/** Groups that are evaluated late write behind others: lines are in order of time but for so much. */
const disorderMs = 3_600_000;

export async function readHistory(history: AlertHistory, query: HistoryQuery): Promise<HistoryAnswer> {
  const transitions: Transition[] = [];
  // All are opened before the first is read: a rotation meanwhile renames them.
  const files = history.files().map((path) => history.fileSystem.open(path, "read"));
  try {
    for (const file of files) {
      for await (const line of linesBackwards(file)) {
        query.signal?.throwIfAborted();
        const transition = decodeTransition(line);
        if (!transition || transition.time > query.end) continue;
        if (transition.time < query.start - disorderMs) return answer(transitions, query);
        if (transition.time < query.start || !query.isWanted(transition)) continue;
        transitions.push(transition);
        if (transitions.length > query.limit) return answer(transitions, query);
      }
    }
    return answer(transitions, query);
  } finally {
    for (const file of files) file.close();
  }
}

function answer(found: Transition[], { limit }: HistoryQuery): HistoryAnswer {
  const isCut = found.length > limit;
  return { transitions: isCut ? found.slice(0, limit) : found, isCut };
}

/** The last first, each with its line feed; only what is being written has none. */
async function* linesBackwards(file: File): AsyncGenerator<Uint8Array> {
  let position = file.size();
  // Of the line whose start is not read yet.
  let rest: Uint8Array = new Uint8Array();
  while (position > 0) {
    const start = Math.max(0, position - pieceBytes);
    const piece = new Uint8Array(position - start + rest.length);
    file.read(piece.subarray(0, position - start), start);
    piece.set(rest, position - start);
    position = start;
    let end = piece.length;
    for (let before = feedBefore(piece, end); before >= 0; before = feedBefore(piece, end)) {
      yield piece.subarray(before + 1, end);
      end = before + 1;
    }
    if (position === 0) yield piece.subarray(0, end);
    // Beyond the bound it is no line of ours.
    rest = end > lineBytesMax ? new Uint8Array() : piece.subarray(0, end);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** Where the line before the one that ends at `end` ends; -1 for none. */
function feedBefore(piece: Uint8Array, end: number): number {
  return end < 2 ? -1 : piece.lastIndexOf(0x0a, end - 2);
}
