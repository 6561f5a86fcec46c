// Writes series, as they come, to a new block: whole or not at all.
// Comes from: compact/head-block and compact/merge-blocks. Goes to: block/writer.
import type { FileSystem } from "@narthex/stdx";
import type { BlockMeta } from "../block/meta.js";
import { BlockWriter, type TimedChunk } from "../block/writer.js";

export interface BlockPlace {
  readonly fileSystem: FileSystem;
  /** The data directory. */
  readonly directory: string;
  readonly ulid: string;
  /** Called between series, so that a long compaction does not hold up the process. */
  readonly pause: () => Promise<void>;
}

export interface SeriesContent {
  /** Its labels: numbers of the block's symbols. Borrowed, as all that chunks refer to, until the next series. */
  readonly symbols: ArrayLike<number>;
  readonly chunks: readonly TimedChunk[];
}

export interface BlockContent {
  readonly meta: Pick<BlockMeta, "minTime" | "maxTime" | "compaction">;
  /** In order of labels. */
  readonly series: Iterable<SeriesContent>;
  /** Whether there is a block without series, too. */
  readonly mayBeEmpty?: boolean;
}

/** Returns the block's folder, or undefined when there is none. */
export async function writeBlock(
  place: BlockPlace,
  symbols: Iterable<string>,
  content: BlockContent,
): Promise<string | undefined> {
  const writer = new BlockWriter(place.fileSystem, place, symbols);
  try {
    for (const { symbols: numbers, chunks } of content.series) {
      writer.addNumberedSeries(numbers, chunks);
      await place.pause();
    }
    if (writer.seriesCount > 0 || content.mayBeEmpty) return writer.finish(content.meta);
  } catch (error) {
    writer.abandon();
    throw error;
  }
  writer.abandon();
  return undefined;
}
