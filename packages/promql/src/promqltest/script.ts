// A test file as commands: `clear`, `load`, `eval`. Grammar: promql/promqltest in Prometheus' documentation.
// Comes from: .test files. Goes to: runner.
import type { Labels } from "@narthex/model";
import { type Expectations, parseExpectations } from "./expectation.js";
import { inLine, type NumberedLine, parseTime, ScriptError } from "./line.js";
import { scanMetric } from "./metric.js";
import { LineScanner } from "./scanner.js";
import { parseSeriesDescription, type SequenceValue } from "./series-description.js";
import { scanStartOffsets } from "./start-times.js";

export type LoadedSeries = {
  readonly labels: Labels;
  /** Value i stands at i × interval. */
  readonly values: readonly SequenceValue[];
  /** Start timestamps as offsets in ms from each value's own time. */
  readonly startOffsets: readonly (number | undefined)[] | undefined;
};

export type LoadCommand = {
  readonly kind: "load";
  readonly line: number;
  readonly intervalMs: number;
  /** Also store classic histograms as native ones with custom buckets. */
  readonly withCustomHistograms: boolean;
  readonly series: readonly LoadedSeries[];
};

/** Times in ms. */
export type EvalTime =
  | { readonly kind: "instant"; readonly time: number }
  | { readonly kind: "range"; readonly start: number; readonly end: number; readonly step: number };

export type EvalCommand = {
  readonly kind: "eval";
  /** Counts from 1. */
  readonly line: number;
  readonly expression: string;
  readonly at: EvalTime;
  readonly expectations: Expectations;
};

export type ScriptCommand = { readonly kind: "clear"; readonly line: number } | LoadCommand | EvalCommand;

/** Throws ScriptError. */
export function parseScript(text: string): ScriptCommand[] {
  return blocks(text).map(parseBlock);
}

// A block is a command and what follows it up to a blank line; comments count as blank.
function blocks(text: string): NumberedLine[][] {
  const found: NumberedLine[][] = [];
  let isOpen = false;
  text.split("\n").forEach((raw, i) => {
    const line = { line: i + 1, text: raw.trim() };
    if (line.text === "" || line.text.startsWith("#")) {
      isOpen = false;
    } else if (isOpen) {
      (found.at(-1) as NumberedLine[]).push(line);
    } else {
      found.push([line]);
      isOpen = !/^clear$/i.test(line.text);
    }
  });
  return found;
}

function parseBlock(lines: readonly NumberedLine[]): ScriptCommand {
  const [head, ...rest] = lines as [NumberedLine, ...NumberedLine[]];
  const word = (/^\S+/.exec(head.text) as RegExpExecArray)[0].toLowerCase();
  if (word === "clear") return { kind: "clear", line: head.line };
  if (word.startsWith("load")) return parseLoad(head, rest);
  if (word.startsWith("eval")) return parseEval(head, rest);
  throw new ScriptError(head.line, `invalid command ${JSON.stringify(head.text)}`);
}

const loadForm = /^load(?:_(with_nhcb))?\s+(.+?)$/;

function parseLoad(head: NumberedLine, rest: readonly NumberedLine[]): LoadCommand {
  const match = loadForm.exec(head.text);
  if (!match) throw new ScriptError(head.line, "invalid load command: load[_with_nhcb] <interval>");
  return {
    kind: "load",
    line: head.line,
    withCustomHistograms: match[1] !== undefined,
    intervalMs: parseTime(head, match[2] as string),
    series: parseLoadedSeries(rest),
  };
}

/** Series, one a line, each perhaps behind its `@st` line; throws ScriptError. */
export function parseLoadedSeries(lines: readonly NumberedLine[]): LoadedSeries[] {
  const series: LoadedSeries[] = [];
  let startOffsets: (number | undefined)[] | undefined;
  for (const line of lines) {
    const starts = inLine(line, () => parseStartLine(line.text));
    if (starts) {
      startOffsets = starts;
      continue;
    }
    const { labels, values } = inLine(line, () => parseSeriesDescription(line.text));
    if (startOffsets && startOffsets.length !== values.length) {
      throw new ScriptError(line.line, `${startOffsets.length} start timestamps for ${values.length} values`);
    }
    series.push({ labels, values, startOffsets });
    startOffsets = undefined;
  }
  return series;
}

function parseStartLine(text: string): (number | undefined)[] | undefined {
  const scanner = new LineScanner(text);
  scanMetric(scanner);
  return scanner.accept("@st") ? scanStartOffsets(scanner) : undefined;
}

const instantForm = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(.+?))?\s+(.+)$/;
const rangeForm = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+?)\s+(.+)$/;

function parseEval(head: NumberedLine, rest: readonly NumberedLine[]): EvalCommand {
  const instant = instantForm.exec(head.text);
  const range = instant ? null : rangeForm.exec(head.text);
  if (!instant && !range) throw new ScriptError(head.line, `invalid eval command ${JSON.stringify(head.text)}`);
  const at: EvalTime = range
    ? {
        kind: "range",
        start: parseTime(head, range[2] as string),
        end: parseTime(head, range[3] as string),
        step: parseTime(head, range[4] as string),
      }
    : { kind: "instant", time: parseTime(head, instant?.[2] ?? "0") };
  return {
    kind: "eval",
    line: head.line,
    expression: (range?.[5] ?? instant?.[3]) as string,
    at,
    expectations: parseExpectations(rest, range?.[1] ?? instant?.[1]),
  };
}
