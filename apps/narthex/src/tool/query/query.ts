// `narthex tool query instant|range`: asks a running server over HTTP and prints as promtool does.
import { labelsFrom, parseDuration, parseTimestamp, printLabels } from "@narthex/model";
import { type FlagTable, parseCommandLine, stringFlag, UsageError } from "@narthex/service";
import type { CommandLine, Run } from "../../command.js";
import { headerFlags, headersFrom, serverUrl } from "../server-client.js";
import { type ApiRequest, askApi, queryFlags } from "./client.js";

type Sample = readonly [seconds: number, value: string];
type HistogramSample = readonly [seconds: number, histogram: PrintedHistogram];
type PrintedHistogram = {
  readonly count: string;
  readonly sum: string;
  readonly buckets?: readonly (readonly [rule: number, lower: string, upper: string, count: string])[];
};
type Series = {
  readonly metric: Record<string, string>;
  readonly value?: Sample;
  readonly values?: readonly Sample[];
  readonly histogram?: HistogramSample;
  readonly histograms?: readonly HistogramSample[];
};
type QueryData =
  | { readonly resultType: "scalar" | "string"; readonly result: Sample }
  | { readonly resultType: "vector" | "matrix"; readonly result: readonly Series[] };

const instantFlags = {
  ...queryFlags,
  ...headerFlags,
  time: stringFlag("", "Query evaluation time (RFC3339 or Unix timestamp); now by default."),
} satisfies FlagTable;

const rangeFlags = {
  ...queryFlags,
  ...headerFlags,
  start: stringFlag("", "Query range start time (RFC3339 or Unix timestamp); five minutes before the end by default."),
  end: stringFlag("", "Query range end time (RFC3339 or Unix timestamp); now by default."),
  step: stringFlag("", "Query step size (duration); by default the range in 250 parts."),
} satisfies FlagTable;

export const runQueryInstant: Run = async (line) => {
  const { flags, server, expression } = parseArguments(line, instantFlags);
  const time = flags.time === "" ? Date.now() / 1000 : secondsOf("evaluation", flags.time);
  const parameters = new URLSearchParams({ query: expression, time: String(time) });
  return ask({ server, path: "/api/v1/query", parameters }, flags);
};

export const runQueryRange: Run = async (line) => {
  const { flags, server, expression } = parseArguments(line, rangeFlags);
  const end = flags.end === "" ? Date.now() / 1000 : secondsOf("end", flags.end);
  const start = flags.start === "" ? end - 300 : secondsOf("start", flags.start);
  if (start >= end) throw new UsageError("start time is not before end time");
  const step = flags.step === "" ? Math.max(1, Math.floor((end - start) / 250)) : parseStep(flags.step);
  const times = { start: String(start), end: String(end), step: String(step) };
  return ask(
    { server, path: "/api/v1/query_range", parameters: new URLSearchParams({ query: expression, ...times }) },
    flags,
  );
};

/** Throws UsageError. */
export function secondsOf(what: string, text: string): number {
  const ms = parseTimestamp(text);
  if (ms === undefined)
    throw new UsageError(`error parsing ${what} time: cannot parse ${JSON.stringify(text)} to a valid timestamp`);
  return ms / 1000;
}

function parseStep(text: string): number {
  try {
    return parseDuration(text) / 1000;
  } catch (error) {
    throw new UsageError(`--step: ${(error as Error).message}`, { cause: error });
  }
}

function parseArguments<T extends FlagTable>({ name, summary, args }: CommandLine, table: T) {
  const request = { name: `narthex ${name}`, description: summary, table, args };
  const { flags, words } = parseCommandLine({ ...request, words: "<server> <expr>", hasDashedWords: true });
  const [server, expression] = words as [string, string];
  return { flags, server: serverUrl(server), expression };
}

type Asked = { readonly server: string; readonly path: string; readonly parameters: URLSearchParams };
type AskFlags = { readonly format: string; readonly "http.config.file": string; readonly header: readonly string[] };

async function ask({ server, path, parameters }: Asked, flags: AskFlags): Promise<number> {
  const request: ApiRequest = {
    url: `${server}${path}`,
    method: "POST",
    parameters,
    configFile: flags["http.config.file"],
    headers: headersFrom(flags.header),
  };
  const data = await askApi<QueryData>(request);
  if (data === undefined) return 1;
  process.stdout.write(flags.format === "json" ? `${JSON.stringify(data.result)}\n` : `${printData(data)}\n`);
  return 0;
}

function printData(data: QueryData): string {
  if (data.resultType === "scalar") return `scalar: ${data.result[1]} @[${data.result[0]}]`;
  if (data.resultType === "string") return data.result[1];
  return (data.result as readonly Series[]).map(printSeries).join("\n");
}

function printSeries({ metric, value, values = [], histogram, histograms = [] }: Series): string {
  const name = printLabels(labelsFrom(metric));
  if (value) return `${name} => ${printSample(value)}`;
  if (histogram) return `${name} => ${printHistogramSample(histogram)}`;
  return [`${name} =>`, ...values.map(printSample), ...histograms.map(printHistogramSample)].join("\n");
}

function printSample([seconds, value]: Sample): string {
  return `${value} @[${seconds}]`;
}

// Prometheus: model.SampleHistogram.String
function printHistogramSample([seconds, { count, sum, buckets = [] }]: HistogramSample): string {
  const parts = buckets.map(([rule, lower, upper, n]) => {
    const [left, right] = [rule === 1 || rule === 3 ? "[" : "(", rule === 0 || rule === 3 ? "]" : ")"];
    return `, ${left}${lower},${upper}${right}:${n}`;
  });
  return `Count: ${count}, Sum: ${sum}, Buckets: [${parts.join("").slice(2)}] @[${seconds}]`;
}
