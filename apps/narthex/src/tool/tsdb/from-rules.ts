// `narthex tool tsdb create-blocks-from rules`: what recording rules would have stored, asked of a server window by window
// and written as blocks. Alerting rules are passed over; a rule sees what the server has, not what other rules here give.
import { type Labels, labelsFrom, labelsKey } from "@narthex/model";
import { gridOffsetMs, loadRuleFile, type RecordingRuleConfig, type RuleGroupConfig } from "@narthex/server";
import { durationFlag, type FlagTable, parseCommandLine, stringFlag, UsageError } from "@narthex/service";
import { parseFloatGo } from "@narthex/stdx";
import { BlockImporter } from "@narthex/tsdb";
import type { Run } from "../../command.js";
import { askApi } from "../query/client.js";
import { secondsOf } from "../query/query.js";
import { httpFlags, serverUrl } from "../server-client.js";
import { blocksFlags, finishBlocks } from "./blocks-flags.js";

const table = {
  ...blocksFlags,
  ...httpFlags,
  url: stringFlag("http://localhost:9090", "The server that has the data."),
  start: stringFlag("", "First time (RFC3339 or Unix timestamp).", { required: true }),
  end: stringFlag("", "Last time (RFC3339 or Unix timestamp); three hours ago by default."),
  "output-dir": stringFlag("data/", "Output directory for generated blocks."),
  "eval-interval": durationFlag("60s", "Evaluation interval of groups that say none."),
} satisfies FlagTable;

const hourMs = 3_600_000;
const windowMs = 2 * hourMs;
/** A server answers 11,000 points of a series at most. */
const pointsMax = 10_000;

export const runBlocksFromRules: Run = async ({ name, summary, args }) => {
  const request = { name: `narthex ${name}`, description: summary, table, args };
  const { flags, words: files } = parseCommandLine({ ...request, words: "<rule-files>..." });
  const start = 1000 * secondsOf("start", flags.start);
  const end = flags.end === "" ? Date.now() - 3 * hourMs : 1000 * secondsOf("end", flags.end);
  if (start >= end) throw new UsageError("start time is not before end time");
  const groups = files.flatMap((file) => loadRuleFile(file));
  const directory = flags["output-dir"];
  const importer = new BlockImporter({ directory: directory.replace(/(?<=.)\/+$/, "") });
  const server = { url: serverUrl(flags.url), configFile: flags["http.config.file"] };
  const refs = new Map<string, number>();
  for (const group of groups) {
    const intervalMs = group.intervalMs ?? flags["eval-interval"];
    for (const rule of group.rules) {
      if (rule.kind !== "recording") continue;
      process.stderr.write(`backfilling ${group.name}, rule ${rule.name}\n`);
      const backfill = { server, rule, importer, refs, ...timesOf(group, { start, end, intervalMs }) };
      if (await backfillRule(backfill)) continue;
      importer.close();
      return 1;
    }
  }
  finishBlocks(importer, { directory, isHumanReadable: flags["human-readable"], isQuiet: flags.quiet });
  return 0;
};

type Times = { readonly start: number; readonly end: number; readonly intervalMs: number };

/** The first time on the group's own grid. */
function timesOf(group: RuleGroupConfig, { start, end, intervalMs }: Times): Times {
  const offset = gridOffsetMs(group, intervalMs);
  return { start: Math.ceil((start - offset) / intervalMs) * intervalMs + offset, end, intervalMs };
}

type Backfill = Times & {
  readonly server: { readonly url: string; readonly configFile: string };
  readonly rule: RecordingRuleConfig;
  readonly importer: BlockImporter;
  readonly refs: Map<string, number>;
};

type Series = {
  readonly metric: Record<string, string>;
  readonly values?: readonly (readonly [seconds: number, value: string])[];
  readonly histograms?: readonly unknown[];
};

async function backfillRule({ server, rule, importer, refs, start, end, intervalMs }: Backfill): Promise<boolean> {
  const stepMs = Math.max(1, Math.min(Math.floor(windowMs / intervalMs), pointsMax)) * intervalMs;
  for (let from = start; from <= end; from += stepMs) {
    const until = Math.min(from + stepMs - intervalMs, end);
    const times = { start: String(from / 1000), end: String(until / 1000), step: String(intervalMs / 1000) };
    const parameters = new URLSearchParams({ query: rule.query, ...times });
    const url = `${server.url}/api/v1/query_range`;
    const data = await askApi<{ result: readonly Series[] }>({
      url,
      method: "POST",
      parameters,
      configFile: server.configFile,
    });
    if (!data) return false;
    for (const series of data.result) {
      if (series.histograms) throw new Error(`rule ${rule.name} gives native histograms, which cannot be backfilled`);
      const ref = refOf(labelsOf(series.metric, rule), { importer, refs });
      for (const [seconds, value] of series.values ?? []) {
        importer.append(ref, Math.round(seconds * 1000), parseFloatGo(value) ?? Number.NaN);
      }
    }
  }
  return true;
}

function labelsOf(metric: Readonly<Record<string, string>>, rule: RecordingRuleConfig): Labels {
  return labelsFrom({ ...metric, ...rule.labels, __name__: rule.name });
}

function refOf(labels: Labels, { importer, refs }: Pick<Backfill, "importer" | "refs">): number {
  const key = labelsKey(labels);
  let ref = refs.get(key);
  if (ref === undefined) {
    ref = importer.addSeries(labels);
    refs.set(key, ref);
  }
  return ref;
}
