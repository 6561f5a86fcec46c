// meta.json: what a block is, in Prometheus' words.
import { type FileSystem, type Random, readWholeFile, writeFileAtomically } from "@narthex/stdx";
import { CorruptionError } from "../errors.js";

export interface BlockStats {
  readonly numSamples: number;
  readonly numFloatSamples?: number;
  readonly numHistogramSamples?: number;
  readonly numSeries: number;
  readonly numChunks: number;
  readonly numTombstones?: number;
}

export interface ParentBlock {
  readonly ulid: string;
  readonly minTime: number;
  readonly maxTime: number;
}

/** The block holds samples with minTime <= t < maxTime, in ms: the end is exclusive. */
export interface BlockMeta {
  readonly ulid: string;
  readonly minTime: number;
  readonly maxTime: number;
  readonly stats: BlockStats;
  readonly compaction: {
    readonly level: number;
    readonly sources: readonly string[];
    readonly parents?: readonly ParentBlock[];
    readonly deletable?: boolean;
    readonly failed?: boolean;
    readonly hints?: readonly string[];
  };
  readonly version: 1;
}

/** A hint of blocks that hold only samples which came out of order. */
export const outOfOrderHint = "from-out-of-order";

export function isOutOfOrder({ compaction }: BlockMeta): boolean {
  return compaction.hints?.includes(outOfOrderHint) ?? false;
}

/** Hints of blocks that hold a part of the series only. */
export const staleHint = "from-stale-series";
export const partHints: readonly string[] = [staleHint, "from-selected-series"];

/** The hint of a block that holds a part of the series only, or "". */
export function partHintOf({ compaction }: BlockMeta): string {
  return partHints.find((hint) => compaction.hints?.includes(hint)) ?? "";
}

export function readMeta(fileSystem: FileSystem, folder: string): BlockMeta {
  const path = `${folder}/meta.json`;
  const text = new TextDecoder().decode(readWholeFile(fileSystem, path));
  let meta: Partial<BlockMeta> | null;
  try {
    meta = JSON.parse(text) as Partial<BlockMeta> | null;
  } catch (cause) {
    throw new CorruptionError("not JSON", { file: path, offset: 0, cause });
  }
  if (meta?.version !== 1) throw new CorruptionError("unexpected meta file version", { file: path, offset: 0 });
  const isWhole =
    typeof meta.ulid === "string" &&
    Number.isSafeInteger(meta.minTime) &&
    Number.isSafeInteger(meta.maxTime) &&
    typeof meta.compaction?.level === "number";
  if (!isWhole) throw new CorruptionError("ulid, times or compaction level missing", { file: path, offset: 0 });
  const { sources } = (meta as BlockMeta).compaction;
  const { stats } = meta as BlockMeta;
  return {
    ...(meta as BlockMeta),
    stats: stats ?? { numSamples: 0, numSeries: 0, numChunks: 0 },
    compaction: { ...(meta as BlockMeta).compaction, sources: sources ?? [] },
  };
}

export function writeMeta(fileSystem: FileSystem, folder: string, meta: BlockMeta): void {
  const text = `${JSON.stringify(meta, undefined, "\t")}\n`;
  writeFileAtomically(fileSystem, `${folder}/meta.json`, new TextEncoder().encode(text));
}

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Ten characters of time, sixteen of chance: sorts by time of making. */
export function makeUlid(now: number, random: Random): string {
  let time = "";
  for (let rest = now, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) time = crockford[rest % 32] + time;
  let tail = "";
  for (let i = 0; i < 16; i++) tail += crockford[Math.floor(random() * 32)];
  return time + tail;
}

export function isUlid(name: string): boolean {
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(name);
}
