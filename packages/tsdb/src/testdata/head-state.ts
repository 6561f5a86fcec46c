// What tests compare of heads, and heads that a start makes.
import { type FileSystem, readWholeFile } from "@narthex/stdx";
import type { ChunkForm } from "../chunk/encode.js";
import { ChunkFiles } from "../head/chunk-files.js";
import { ExemplarRing } from "../head/exemplars.js";
import { Head } from "../head/head.js";
import type { HeadMemory } from "../head/memory.js";
import { type ReplayResult, replayHead } from "../head/replay.js";
import type { Snappy } from "../wal/compression.js";

const blockRangeMs = 7_200_000;

/** All that can be seen of a head from outside. */
export function stateOf({ head, fileSystem }: { readonly head: Head; readonly fileSystem: FileSystem }): unknown {
  const { series, closed } = head;
  const slots: unknown[] = [];
  for (let slot = 1; slot < series.slotEnd; slot++) {
    const open = head.openData(slot);
    const state: unknown[] = [
      series.isPending[slot],
      open && Buffer.from(open.bytes.slice(open.start, open.end)).toString("hex"),
    ];
    if (open) state.push(series.openMinTime[slot], series.cutTime[slot], series.xor.t[slot], series.openPieces[slot]);
    for (let entry = series.closedFirst[slot]!; entry !== 0; entry = closed.next(entry)) {
      const { bytes, start, end } = head.closedData(slot, entry);
      state.push(Buffer.from(bytes.slice(start, end)).toString("hex"));
    }
    slots.push(state);
  }
  const logs = ["wal", "wbl"].map((folder) => {
    const names = fileSystem.stat(folder) ? fileSystem.readFolder(folder) : [];
    return names.map((name) => Buffer.from(readWholeFile(fileSystem, `${folder}/${name}`)).toString("base64"));
  });
  const { minTime, maxTime, counters, arena } = head;
  return { slots, logs, minTime, maxTime, counters, pieces: arena.bytesUsed };
}

export interface ReplayedHead {
  /** With logs in "wal" and "wbl". */
  readonly fileSystem: FileSystem;
  readonly memory: HeadMemory | undefined;
  readonly chunkForm: ChunkForm;
  readonly minValidTime: number;
  readonly snappy: Snappy;
}

/** What a start says, and the state of the head that it makes. */
export async function replayedState({ fileSystem, snappy, minValidTime, ...options }: ReplayedHead): Promise<{ readonly result: ReplayResult; readonly state: unknown }> {
  const head = new Head({ ...options, chunkFiles: new ChunkFiles(fileSystem, "chunks_head"), blockRangeMs, seriesMax: 0 });
  head.minValidTime = minValidTime;
  const wal = { fileSystem, path: "wal", snappy };
  const result = await replayHead({
    head,
    wal,
    writeBehind: { ...wal, path: "wbl" },
    exemplars: new ExemplarRing(0),
    onProgress: () => undefined,
    snapshot: undefined,
    pause: () => Promise.resolve(),
  });
  return { result, state: stateOf({ head, fileSystem }) };
}
