// What is in a block: which labels there are many of, which series come and go, how full chunks are.
// Goes to: `tool tsdb analyze`. Prometheus: cmd/promtool/tsdb.go analyzeBlock
import { labelEntries, type Matcher, metricNameLabel, SampleColumns } from "@narthex/model";
import { type FileSystem, nodeFileSystem } from "@narthex/stdx";
import { Block } from "../block/block.js";
import { BlockCache } from "../block/cache.js";
import { chunkFields } from "../block/index-format.js";
import { decodeChunk } from "../chunk/decode.js";
import { type ChunkData, isFloatEncoding, sampleCountOf } from "../chunk/encoding.js";
import { matchSeries } from "../index/match.js";

export interface Counted {
  readonly key: string;
  readonly count: number;
}

export interface ChunkUse {
  /** One for each chunk of floats. */
  readonly floatSamples: number[];
  readonly floatBytes: number[];
  /** One for each chunk of histograms. */
  readonly histogramSamples: number[];
  readonly histogramBytes: number[];
  readonly histogramBuckets: number[];
}

export interface BlockAnalysis {
  /** Label names of all series of the block. */
  readonly labelNames: number;
  readonly matchedSeries: number;
  readonly labelPairs: number;
  readonly labelPairEntries: number;
  /** All most first; equal ones in order of the key. Churn is time not covered, in lengths of the block. */
  readonly pairChurn: readonly Counted[];
  readonly nameChurn: readonly Counted[];
  readonly pairSeries: readonly Counted[];
  readonly valueLengths: readonly Counted[];
  readonly valueCounts: readonly Counted[];
  readonly metricSeries: readonly Counted[];
  /** When asked for. */
  readonly chunks: ChunkUse | undefined;
}

export interface AnalysisRequest {
  readonly folder: string;
  /** All series when empty. */
  readonly matchers: readonly Matcher[];
  readonly hasChunks: boolean;
  readonly fileSystem?: FileSystem;
}

const cacheBytes = 16 * 1024 * 1024;

/** Throws CorruptionError. */
export function analyzeBlock({
  folder,
  matchers,
  hasChunks,
  fileSystem = nodeFileSystem,
}: AnalysisRequest): BlockAnalysis {
  const block = Block.open(fileSystem, folder, new BlockCache(cacheBytes));
  try {
    const refs = matchSeries(block.index, matchers);
    return { ...analyzeLabels(block, refs), chunks: hasChunks ? chunkUse(block, refs) : undefined };
  } finally {
    block.close();
  }
}

function analyzeLabels(block: Block, refs: Uint32Array): Omit<BlockAnalysis, "chunks"> {
  const spanMs = block.meta.maxTime - block.meta.minTime;
  const pairChurn = new Map<string, number>();
  const nameChurn = new Map<string, number>();
  const pairSeries = new Map<string, number>();
  const metricSeries = new Map<string, number>();
  const values = new Map<string, Set<string>>();
  let entries = 0;
  for (const ref of refs) {
    const { labels, chunks } = block.index.series(ref);
    const last = chunks.length - chunkFields.count;
    const covered = last < 0 ? 0 : chunks[last + chunkFields.maxTime]! - chunks[chunkFields.minTime]!;
    const uncovered = spanMs - covered;
    for (const [name, value] of labelEntries(labels)) {
      const pair = `${name}=${value}`;
      add(nameChurn, name, uncovered);
      add(pairChurn, pair, uncovered);
      add(pairSeries, pair, 1);
      if (name === metricNameLabel) add(metricSeries, value, 1);
      values.set(name, (values.get(name) ?? new Set()).add(value));
      entries++;
    }
  }
  const inSpans = (churn: Map<string, number>): Map<string, number> =>
    new Map([...churn].map(([key, time]) => [key, Math.floor(time / spanMs)]));
  const ofValues = (measure: (all: Set<string>) => number): Counted[] =>
    ranked(new Map([...values].map(([name, all]) => [name, measure(all)])));
  return {
    labelNames: block.index.names().length,
    matchedSeries: refs.length,
    labelPairs: pairChurn.size,
    labelPairEntries: entries,
    pairChurn: ranked(inSpans(pairChurn)),
    nameChurn: ranked(inSpans(nameChurn)),
    pairSeries: ranked(pairSeries),
    valueLengths: ofValues((all) => [...all].reduce((sum, value) => sum + Buffer.byteLength(value), 0)),
    valueCounts: ofValues((all) => all.size),
    metricSeries: ranked(metricSeries),
  };
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function ranked(counts: ReadonlyMap<string, number>): Counted[] {
  return [...counts]
    .map(([key, count]) => ({ key, count }))
    .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
}

function chunkUse(block: Block, refs: Uint32Array): ChunkUse {
  const use: ChunkUse = {
    floatSamples: [],
    floatBytes: [],
    histogramSamples: [],
    histogramBytes: [],
    histogramBuckets: [],
  };
  for (const ref of refs) {
    const { chunks } = block.index.series(ref);
    for (let i = chunkFields.ref; i < chunks.length; i += chunkFields.count) {
      const data = block.chunks.read(chunks[i]!);
      const isFloat = isFloatEncoding(data.encoding);
      (isFloat ? use.floatSamples : use.histogramSamples).push(sampleCountOf(data));
      (isFloat ? use.floatBytes : use.histogramBytes).push(data.end - data.start);
      if (!isFloat) use.histogramBuckets.push(bucketsOf(data));
    }
  }
  return use;
}

/** All samples of a chunk have the same buckets. */
function bucketsOf(data: ChunkData): number {
  const columns = new SampleColumns();
  decodeChunk(data, columns, { after: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY });
  const histogram = columns.h?.[0];
  return histogram ? histogram.positiveBuckets.length + histogram.negativeBuckets.length : 0;
}
