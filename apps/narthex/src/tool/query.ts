// `narthex tool query …`: asks a running server over HTTP and prints as promtool does.
import { labelsFrom, parseDuration, parseTimestamp, printLabels } from "@narthex/model";
import {
  createHttpClient,
  defaultHttpClientConfig,
  durationFlag,
  type FlagTable,
  parseCommandLine,
  stringFlag,
  UsageError,
} from "@narthex/service";
import type { CommandLine, Run } from "../command.js";

type Sample = readonly [seconds: number, value: string];
type Series = { readonly metric: Record<string, string>; readonly value?: Sample; readonly values?: readonly Sample[] };
type QueryData =
  | { readonly resultType: "scalar" | "string"; readonly result: Sample }
  | { readonly resultType: "vector" | "matrix"; readonly result: readonly Series[] };
type Reply = {
  readonly status: string;
  readonly data?: QueryData;
  readonly error?: string;
  readonly errorType?: string;
  readonly warnings?: readonly string[];
};

const queryTimeoutMs = 130_000;
const replyBytesMax = 1024 * 1024 * 1024;

const commonFlags = {
  timeout: durationFlag("2m", "How long the server may take."),
  output: stringFlag("promql", "Output: promql (text) or json.", { choices: ["promql", "json"] }),
} satisfies FlagTable;

const instantFlags = {
  ...commonFlags,
  time: stringFlag("", "Evaluation time, RFC 3339 or Unix seconds; now by default."),
};

const rangeFlags = {
  ...commonFlags,
  start: stringFlag("", "First time, RFC 3339 or Unix seconds; an hour before the end by default."),
  end: stringFlag("", "Last time, RFC 3339 or Unix seconds; now by default."),
  step: stringFlag("", "Step as a duration; by default the range in 250 parts."),
};

export const runQueryInstant: Run = async (line) => {
  const { flags, server, expression } = parseArguments(line, instantFlags);
  const parameters = new URLSearchParams({ query: expression, timeout: `${flags.timeout / 1000}s` });
  if (flags.time !== "") parameters.set("time", String(secondsOf("--time", flags.time)));
  return ask(`${server}/api/v1/query`, parameters, flags.output);
};

export const runQueryRange: Run = async (line) => {
  const { flags, server, expression } = parseArguments(line, rangeFlags);
  const end = flags.end === "" ? Date.now() / 1000 : secondsOf("--end", flags.end);
  const start = flags.start === "" ? end - 3600 : secondsOf("--start", flags.start);
  const step = flags.step === "" ? Math.max(1, Math.floor((end - start) / 250)) : parseDuration(flags.step) / 1000;
  const times = { start: String(start), end: String(end), step: String(step) };
  const parameters = new URLSearchParams({ query: expression, timeout: `${flags.timeout / 1000}s`, ...times });
  return ask(`${server}/api/v1/query_range`, parameters, flags.output);
};

function secondsOf(flag: string, text: string): number {
  const ms = parseTimestamp(text);
  if (ms === undefined) throw new UsageError(`${flag}: ${JSON.stringify(text)} is neither RFC 3339 nor Unix seconds`);
  return ms / 1000;
}

function parseArguments<T extends FlagTable>({ name, summary, args }: CommandLine, table: T) {
  const request = { name: `narthex ${name}`, description: summary, table, args };
  const { flags, words } = parseCommandLine({ ...request, words: "<server> <expr>", hasDashedWords: true });
  const [server, expression] = words as [string, string];
  return { flags, server: (/^https?:/.test(server) ? server : `http://${server}`).replace(/\/+$/, ""), expression };
}

async function ask(url: string, parameters: URLSearchParams, output: string): Promise<number> {
  const client = createHttpClient(defaultHttpClientConfig, { userAgent: "narthex-tool" });
  try {
    const reply = await post(client, url, parameters);
    for (const warning of reply.warnings ?? []) process.stderr.write(`warning: ${warning}\n`);
    if (reply.status !== "success" || !reply.data) {
      process.stderr.write(`query error: ${reply.errorType ?? "unknown"}: ${reply.error ?? "no answer"}\n`);
      return 1;
    }
    process.stdout.write(output === "json" ? `${JSON.stringify(reply.data.result)}\n` : printData(reply.data));
    return 0;
  } finally {
    client.close();
  }
}

async function post(
  client: ReturnType<typeof createHttpClient>,
  url: string,
  parameters: URLSearchParams,
): Promise<Reply> {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const bounds = { timeoutMs: queryTimeoutMs, bodyBytesMax: replyBytesMax };
  const { status, body } = await client.request({
    method: "POST",
    url,
    headers,
    body: parameters.toString(),
    ...bounds,
  });
  try {
    return JSON.parse(body.toString()) as Reply;
  } catch (error) {
    throw new Error(`${url} answered ${status} with something that is not JSON: is this a Prometheus server?`, {
      cause: error,
    });
  }
}

function printData(data: QueryData): string {
  if (data.resultType === "scalar") return `scalar: ${data.result[1]} @[${data.result[0]}]\n`;
  if (data.resultType === "string") return `${data.result[1]} @[${data.result[0]}]\n`;
  return (data.result as readonly Series[]).map(printSeries).join("");
}

function printSeries(series: Series): string {
  const name = printLabels(labelsFrom(series.metric));
  if (series.value) return `${name} => ${series.value[1]} @[${series.value[0]}]\n`;
  return `${name} =>\n${(series.values ?? []).map(([seconds, value]) => `${value} @[${seconds}]\n`).join("")}`;
}
