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
  /** Of a file of chunks; 512 MiB. */
  readonly segmentBytesMax?: number;
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
  /** In order of labels; or who adds them. */
  readonly series: Iterable<SeriesContent> | SeriesAdder;
  /** Whether there is a block without series, too. */
  readonly mayBeEmpty?: boolean;
}

/** Adds series to a block, calling `pause` between small steps. */
export type SeriesAdder = (writer: BlockWriter, pause: () => Promise<void>) => Promise<void>;

/** Returns the block's folder, or undefined when there is none. */
export async function writeBlock(
  place: BlockPlace,
  symbols: Iterable<string>,
  content: BlockContent,
): Promise<string | undefined> {
  const writer = new BlockWriter(place.fileSystem, place, symbols);
  try {
    const { series } = content;
    await (typeof series === "function" ? series(writer, place.pause) : addEach(series, writer, place.pause));
    if (writer.seriesCount > 0 || content.mayBeEmpty) return writer.finish(content.meta);
  } catch (error) {
    writer.abandon();
    throw error;
  }
  writer.abandon();
  return undefined;
}

/** Series one by one. */
export async function addEach(
  series: Iterable<SeriesContent>,
  writer: BlockWriter,
  pause: () => Promise<void>,
): Promise<void> {
  for (const { symbols, chunks } of series) {
    writer.addNumberedSeries(symbols, chunks);
    await pause();
  }
}
