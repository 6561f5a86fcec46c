// `narthex tool tsdb dump|dump-openmetrics`: every sample of a data directory as text. The directory stays as it is.
import {
  compareLabels,
  type Labels,
  labelEntries,
  labelsKey,
  labelsToRecord,
  labelValue,
  metricNameLabel,
  printLabelSet,
  quote,
  SampleColumns,
  type SeriesSource,
} from "@narthex/model";
import { parseSelector, printHistogram } from "@narthex/promql";
import {
  type FlagSpec,
  type FlagTable,
  type FlagValues,
  numberFlag,
  parseCommandLine,
  stringFlag,
  stringsFlag,
} from "@narthex/service";
import { printFloatG } from "@narthex/stdx";
import type { CommandLine, Run } from "../../command.js";
import { printGoJson } from "../go-json.js";
import { Output } from "../output.js";
import { withDirectory } from "../read-only.js";

type DumpFlags = {
  readonly "sandbox-dir-root": FlagSpec<string>;
  readonly "min-time": FlagSpec<number>;
  readonly "max-time": FlagSpec<number>;
  readonly match: FlagSpec<readonly string[]>;
};

// As wide as Prometheus' times are, which are more digits than a number here holds.
const dumpFlags: DumpFlags = {
  "sandbox-dir-root": stringFlag(
    "",
    "Folder for what the replay of the log writes; that for temporary files by default.",
  ),
  "min-time": { ...numberFlag(-(2 ** 53), "First time to dump, in ms."), initialText: "-9223372036854775808" },
  "max-time": { ...numberFlag(2 ** 53, "Last time to dump, in ms."), initialText: "9223372036854775807" },
  match: stringsFlag(["{__name__=~'(?s:.*)'}"], "Series selector. Can be specified multiple times."),
};

const formatFlags = {
  ...dumpFlags,
  format: stringFlag("prom", "Output format of the dump.", { choices: ["prom", "seriesjson"] }),
} satisfies FlagTable;

/** A series as lines. */
type Print = (labels: Labels, columns: SampleColumns, visible: (row: number) => boolean) => string;

export const runTsdbDump: Run = async (line) => {
  const { flags, words } = parseDump(line, formatFlags);
  return dump({ directory: words[0], flags, print: flags.format === "prom" ? printSamples : printSeries, end: "" });
};

export const runTsdbDumpOpenMetrics: Run = async (line) => {
  const { flags, words } = parseDump(line, dumpFlags);
  return dump({ directory: words[0], flags, print: printOpenMetrics, end: "# EOF\n" });
};

function parseDump<T extends FlagTable>({ name, summary, args }: CommandLine, table: T) {
  const request = { name: `narthex ${name}`, description: summary, table, args };
  return parseCommandLine({ ...request, words: "[<db path>]" });
}

type Dump = {
  readonly directory: string | undefined;
  readonly flags: FlagValues<DumpFlags>;
  readonly print: Print;
  readonly end: string;
};

function dump({ directory = "data/", flags, print, end }: Dump): Promise<number> {
  const { "sandbox-dir-root": sandboxRoot, "min-time": start, "max-time": stop } = flags;
  const matcherSets = flags.match.map((selector) => parseSelector(selector, { mayMatchAll: true }));
  return withDirectory(directory, sandboxRoot, async (tsdb) => {
    const output = new Output();
    const columns = new SampleColumns();
    const querier = tsdb.querier({ start, end: stop });
    const found = matcherSets.map((matchers) => querier.select({ matchers, start, end: stop, sorted: true }));
    for (const source of joined(found)) {
      source.read(columns);
      await output.print(print(source.labels, columns, (row) => columns.t[row]! >= start && columns.t[row]! <= stop));
    }
    querier.close();
    await output.print(end);
    await output.flush();
    return 0;
  });
}

/** Each series once, in order of labels. */
function joined(found: readonly (readonly SeriesSource[])[]): readonly SeriesSource[] {
  if (found.length === 1) return found[0] as readonly SeriesSource[];
  const sources = new Map(found.flat().map((source) => [labelsKey(source.labels), source]));
  return [...sources.values()].sort((a, b) => compareLabels(a.labels, b.labels));
}

const printSamples: Print = (labels, columns, visible) => {
  const set = printLabelSet(labels);
  let text = "";
  for (let row = 0; row < columns.count; row++) {
    if (!visible(row)) continue;
    const histogram = columns.h?.[row];
    const value = histogram ? printHistogram(histogram) : printFloatG(columns.v[row]!);
    text += `${set} ${value} ${columns.t[row]}\n`;
  }
  return text;
};

const printSeries: Print = (labels, columns, visible) => {
  for (let row = 0; row < columns.count; row++) {
    if (visible(row)) return `${printGoJson(labelsToRecord(labels))}\n`;
  }
  return "";
};

/** Without native histograms and stale markers, which OpenMetrics has no words for. */
const printOpenMetrics: Print = (labels, columns, visible) => {
  const pairs = [...labelEntries(labels)].filter(([name]) => name !== metricNameLabel);
  const inner = pairs.map(([name, value]) => `${name}=${quote(value)}`).join(",");
  const series = `${labelValue(labels, metricNameLabel)}{${inner}}`;
  let text = "";
  for (let row = 0; row < columns.count; row++) {
    if (!visible(row) || columns.h?.[row] || columns.isStaleAt(row)) continue;
    text += `${series} ${printFloatG(columns.v[row]!)} ${(columns.t[row]! / 1000).toFixed(3)}\n`;
  }
  return text;
};
