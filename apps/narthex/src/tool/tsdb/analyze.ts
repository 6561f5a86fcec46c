// `narthex tool tsdb analyze`: what a block is made of, in promtool's sections.
import { printGoDuration } from "@narthex/model";
import { parseSelector } from "@narthex/promql";
import { booleanFlag, type FlagTable, numberFlag, parseCommandLine, stringFlag } from "@narthex/service";
import {
  analyzeBlock,
  type BlockAnalysis,
  type ChunkUse,
  type Counted,
  type ListedBlock,
  listBlocks,
} from "@narthex/tsdb";
import type { Run } from "../../command.js";

const table = {
  limit: numberFlag(20, "How many items to show in each list."),
  extended: booleanFlag(false, "Run extended analysis."),
  match: stringFlag("", "Series selector to analyze."),
} satisfies FlagTable;

export const runTsdbAnalyze: Run = async ({ name, summary, args }) => {
  const request = { name: `narthex ${name}`, description: summary, table, args };
  const { flags, words } = parseCommandLine({ ...request, words: "[<db path>] [<block id>]" });
  const [directory = "data/", id = ""] = words;
  const blocks = listBlocks(directory);
  const block = id === "" ? blocks.at(-1) : blocks.find(({ meta }) => meta.ulid === id);
  if (!block) {
    process.stderr.write(`block ${id} not found\n`);
    return 1;
  }
  const matchers = flags.match === "" ? [] : parseSelector(flags.match, { mayMatchAll: true });
  const analysis = analyzeBlock({ folder: block.folder, matchers, hasChunks: flags.extended });
  process.stdout.write(printAnalysis(block, analysis, { limit: flags.limit, match: flags.match }));
  return 0;
};

function printAnalysis(
  { meta }: ListedBlock,
  analysis: BlockAnalysis,
  { limit, match }: { readonly limit: number; readonly match: string },
): string {
  const lines = [
    `Block ID: ${meta.ulid}`,
    `Duration: ${printGoDuration(meta.maxTime - meta.minTime)}`,
    `Total Series: ${meta.stats.numSeries}`,
    ...(match === "" ? [] : [`Matcher: ${match}`]),
    `Label names: ${analysis.labelNames}`,
    ...(match === "" ? [] : [`Matched series: ${analysis.matchedSeries}`]),
    `Postings (unique label pairs): ${analysis.labelPairs}`,
    `Postings entries (total label pairs): ${analysis.labelPairEntries}`,
  ];
  const lists: readonly (readonly [title: string, counts: readonly Counted[]])[] = [
    ["Label pairs most involved in churning", analysis.pairChurn],
    ["Label names most involved in churning", analysis.nameChurn],
    ["Most common label pairs", analysis.pairSeries],
    ["Label names with highest cumulative label value length", analysis.valueLengths],
    ["Highest cardinality labels", analysis.valueCounts],
    ["Highest cardinality metric names", analysis.metricSeries],
  ];
  for (const [title, counts] of lists) {
    lines.push("", `${title}:`, ...counts.slice(0, limit).map(({ count, key }) => `${count} ${key}`));
  }
  return `${lines.join("\n")}\n${analysis.chunks ? printChunkUse(analysis.chunks) : ""}`;
}

function printChunkUse(use: ChunkUse): string {
  const total = use.floatSamples.length + use.histogramSamples.length;
  const histograms: readonly (readonly [what: string, values: readonly number[]])[] = [
    ["samples per float chunk", use.floatSamples],
    ["bytes per float chunk", use.floatBytes],
    ["samples per histogram chunk", use.histogramSamples],
    ["bytes per histogram chunk", use.histogramBytes],
    ["buckets per histogram chunk", use.histogramBuckets],
  ];
  const texts = histograms.map(([what, values]) => printHistogram(what, values, total));
  return `\nCompaction analysis:\nFullness: Amount of samples in chunks\n${texts.join("")}`;
}

// Prometheus: cmd/promtool/tsdb.go displayHistogram
function printHistogram(what: string, values: readonly number[], total: number): string {
  if (values.length === 0) return `${what}: N/A\n\n`;
  const sorted = [...values].sort((a, b) => a - b);
  const [min, max] = [sorted[0] as number, sorted.at(-1) as number];
  const step = stepOf(max - min);
  const start = min - (min % step);
  const end = max - (max % step) + step;
  const buckets = Array.from({ length: (end - start) / step + 1 }, () => 0);
  for (const value of sorted) (buckets[Math.floor((value - start) / step)] as number)++;
  const average = Math.floor(sorted.reduce((sum, value) => sum + value, 0) / sorted.length);
  const widths = [String(end).length, String(end + step).length, String(Math.max(...buckets)).length] as const;
  const lines = buckets.map((count, i) => {
    const left = String(i * step + start + 1).padStart(widths[0]);
    const right = String((i + 1) * step + start).padStart(widths[1]);
    const bar = "#".repeat(Math.floor((100 * count) / total));
    return `[${left}, ${right}]: ${String(count).padStart(widths[2])} ${bar}\n`;
  });
  return `${what} (min/avg/max): ${min}/${average}/${max}\n${lines.join("")}\n`;
}

function stepOf(range: number): number {
  const wanted = Math.floor(range / 10);
  let step = 10;
  while (step < wanted && step <= 10_000) step *= 10;
  return step;
}
