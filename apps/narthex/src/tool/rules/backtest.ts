// `narthex tool rules backtest`: which alerts rule files would have raised over stored data, of a directory or a server.
import { labelsFrom, type Queryable } from "@narthex/model";
import { type MatrixSeries, noQueryStats, type QueryResult } from "@narthex/promql";
import {
  type BacktestReport,
  type BacktestRequest,
  engineFeaturesFrom,
  loadRuleFile,
  runBacktest,
  type Ticks,
} from "@narthex/server";
import {
  booleanFlag,
  createLogger,
  durationFlag,
  type FlagTable,
  type FlagValues,
  parseCommandLine,
  stringFlag,
  stringsFlag,
  UsageError,
} from "@narthex/service";
import { parseFloatGo } from "@narthex/stdx";
import type { Run } from "../../command.js";
import { labelPairs } from "../label-pairs.js";
import { Output } from "../output.js";
import { askApi } from "../query/client.js";
import { secondsOf } from "../query/query.js";
import { withDirectory } from "../read-only.js";
import { httpFlags, serverUrl } from "../server-client.js";
import { printReport } from "./report.js";

const table = {
  ...httpFlags,
  data: stringFlag("data/", "Data directory; it may be in use."),
  url: stringFlag(
    "",
    "Server to ask, in place of a directory. Rules that read recorded series see only those of this run.",
  ),
  start: stringFlag("", "Time of the first evaluation (RFC3339 or Unix timestamp).", { required: true }),
  end: stringFlag("", "Time of the last evaluation; now by default."),
  "eval-interval": durationFlag("1m", "Evaluation interval of groups that say none."),
  "external-label": stringsFlag([], "Label name=value for templates. Can be specified multiple times."),
  "external-url": stringFlag("", "The server's external URL, for templates."),
  pending: booleanFlag(false, "Show alerts too that never came to fire."),
  format: stringFlag("text", "Output format.", { short: "o", choices: ["text", "json"] }),
  "enable-feature": stringFlag("", "PromQL features to enable, comma-separated: promql-experimental-functions, …"),
} satisfies FlagTable;

type Flags = FlagValues<typeof table>;

export const runRulesBacktest: Run = async ({ name, summary, args }) => {
  const request = { name: `narthex ${name}`, description: summary, table, args };
  const { flags, words: files } = parseCommandLine({ ...request, words: "<rule-files>..." });
  const features = engineFeaturesFrom(new Set(flags["enable-feature"].split(",")));
  const start = 1000 * secondsOf("start", flags.start);
  const end = flags.end === "" ? Date.now() : 1000 * secondsOf("end", flags.end);
  if (start > end) throw new UsageError("start time is after end time");
  const backtest: Omit<BacktestRequest, "data"> = {
    groups: files.flatMap((file) => loadRuleFile(file, { features: features.promql })),
    start,
    end,
    intervalMs: flags["eval-interval"],
    engine: {
      features: features.promql,
      delayedNameRemoval: features.delayedNameRemoval,
      useStartTimestamps: features.useStartTimestamps,
    },
    externalLabels: labelPairs("external-label", flags["external-label"]),
    externalUrl: flags["external-url"],
    logger: createLogger({ level: "error", format: "logfmt" }),
  };
  const report =
    flags.url === ""
      ? await withDirectory(flags.data, "", (tsdb) => runBacktest({ ...backtest, data: tsdb }))
      : await runBacktest({ ...backtest, data: nothing, remote: (query, ticks) => askServer(flags, query, ticks) });
  await print(report, flags);
  return report.errors.length > 0 ? 1 : 0;
};

async function print(report: BacktestReport, flags: Flags): Promise<void> {
  const alerts = report.alerts.filter(({ firedAt }) => flags.pending || firedAt !== undefined);
  const output = new Output();
  if (flags.format === "text") for (const part of printReport(report, alerts)) await output.print(part);
  else {
    const { errors, alertingRules, evaluations } = report;
    await output.print(`${JSON.stringify({ alerts: alerts.map(inIsoTime), errors, alertingRules, evaluations })}\n`);
  }
  await output.flush();
  for (const { group, rule, text } of report.errors) process.stderr.write(`group ${group}, rule ${rule}: ${text}\n`);
}

function inIsoTime({ activeAt, firedAt, endedAt, ...rest }: BacktestReport["alerts"][number]): unknown {
  const iso = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());
  // JSON has no number for these.
  const value = Number.isFinite(rest.value) ? rest.value : String(rest.value);
  return { ...rest, value, activeAt: iso(activeAt), firedAt: iso(firedAt), endedAt: iso(endedAt) };
}

/** Stored data are the server's; here there are none. */
const nothing: Queryable = {
  querier: () => ({ select: () => [], labelNames: () => [], labelValues: () => [], close: () => {} }),
};

type Answer = {
  readonly result: readonly {
    readonly metric: Record<string, string>;
    readonly values?: readonly (readonly [seconds: number, value: string])[];
    readonly histograms?: unknown;
  }[];
};

async function askServer(flags: Flags, query: string, { start, end, step }: Ticks): Promise<QueryResult> {
  const times = { start: String(start / 1000), end: String(end / 1000), step: String(step / 1000) };
  const answer = await askApi<Answer>({
    url: `${serverUrl(flags.url)}/api/v1/query_range`,
    method: "POST",
    parameters: new URLSearchParams({ query, ...times }),
    configFile: flags["http.config.file"],
  });
  if (!answer) throw new Error("the server gave no answer");
  const series = answer.result.map(({ metric, values = [], histograms }): MatrixSeries => {
    if (histograms) throw new Error("the query gives native histograms, which a backtest cannot take from a server");
    return {
      labels: labelsFrom(metric),
      count: values.length,
      t: Float64Array.from(values, ([seconds]) => Math.round(seconds * 1000)),
      v: Float64Array.from(values, ([, value]) => parseFloatGo(value) ?? Number.NaN),
    };
  });
  return { value: { type: "matrix", series }, warnings: [], infos: [], stats: noQueryStats };
}
