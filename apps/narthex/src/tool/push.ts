// `narthex tool push metrics`: sends an exposition to a remote write endpoint, for trying things out.
import { readFileSync } from "node:fs";
import {
  ExpositionColumns,
  encodeSnappy,
  encodeWriteRequest,
  parseExposition,
  type WriteRequest,
  type WriteVersion,
  type WrittenSeries,
  writeHeaders,
  writeVersions,
} from "@narthex/formats";
import { type Labels, labelEntries, labelsFrom, type Metadata, type MetricType } from "@narthex/model";
import {
  durationFlag,
  errorText,
  type FlagTable,
  type HttpClient,
  parseCommandLine,
  stringFlag,
  stringsFlag,
} from "@narthex/service";
import { systemClock } from "@narthex/stdx";
import type { Run } from "../command.js";
import { labelPairs } from "./label-pairs.js";
import { createToolClient, headerFlags, headersFrom, httpFlags, serverUrl } from "./server-client.js";

const table = {
  ...httpFlags,
  ...headerFlags,
  label: stringsFlag(["job=promtool"], "Label to attach to metrics, name=value. Can be specified multiple times."),
  timeout: durationFlag("30s", "The time to wait for pushing metrics."),
  protobuf_message: stringFlag("prometheus.WriteRequest", "Protobuf message to use when writing.", {
    choices: writeVersions,
  }),
  "remote-write.path": stringFlag("/api/v1/write", "Path of the endpoint, where the URL has none."),
} satisfies FlagTable;

const answerBytesMax = 1024 * 1024;

export const runPushMetrics: Run = async ({ name, summary, args }) => {
  const request = { name: `narthex ${name}`, description: summary, table, args };
  const { flags, words } = parseCommandLine({ ...request, words: "<remote-write-url> [<metric-files>...]" });
  const [server, ...files] = words as [string, ...string[]];
  const url = new URL(serverUrl(server));
  if (url.pathname === "/") url.pathname = flags["remote-write.path"];
  const client = createToolClient(flags["http.config.file"]);
  const target: Target = {
    client,
    url: url.href,
    version: flags.protobuf_message as WriteVersion,
    headers: headersFrom(flags.header),
    timeoutMs: flags.timeout,
    labels: labelPairs("label", flags.label),
  };
  try {
    if (files.length === 0) {
      process.stdout.write("Parsing standard input\n");
      return (await push(() => readFileSync(0), target, "metrics")) ? 0 : 1;
    }
    const outcomes: boolean[] = [];
    for (const file of files) {
      process.stdout.write(`Parsing metrics file ${file}\n`);
      outcomes.push(await push(() => readFileSync(file), target, `metrics file ${file}`));
    }
    return outcomes.every(Boolean) ? 0 : 1;
  } finally {
    client.close();
  }
};

type Target = {
  readonly client: HttpClient;
  readonly url: string;
  readonly version: WriteVersion;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly labels: Readonly<Record<string, string>>;
};

async function push(read: () => Uint8Array, target: Target, what: string): Promise<boolean> {
  try {
    const request = writeRequestFrom(read(), target.labels);
    const { status, body } = await target.client.request({
      method: "POST",
      url: target.url,
      headers: { ...writeHeaders[target.version], ...target.headers },
      body: encodeSnappy(encodeWriteRequest(request, target.version)),
      timeoutMs: target.timeoutMs,
      bodyBytesMax: answerBytesMax,
    });
    if (status >= 200 && status < 300) {
      process.stdout.write(`  SUCCESS: ${what} pushed to remote write.\n`);
      return true;
    }
    process.stderr.write(`  FAILED: server returned HTTP status ${status}: ${body.toString().trim()}\n`);
  } catch (error) {
    process.stderr.write(`  FAILED: ${errorText(error)}\n`);
  }
  return false;
}

/** Samples without a time get the present one. Throws ParseError. */
function writeRequestFrom(body: Uint8Array, extraLabels: Readonly<Record<string, string>>): WriteRequest {
  const columns = new ExpositionColumns();
  parseExposition(body, "PrometheusText0.0.4", columns);
  const now = systemClock.now();
  const series: WrittenSeries[] = [];
  for (let row = 0; row < columns.count; row++) {
    const t = columns.t[row] as number;
    const samples = [{ t: Number.isNaN(t) ? now : t, v: columns.v[row] as number }];
    series.push({ labels: withExtra(columns.labelsAt(row), extraLabels), samples });
  }
  return { series, metadata: metadataOf(columns) };
}

/** As a scrape does it, a metric's own `job` steps aside. */
function withExtra(labels: Labels, extra: Readonly<Record<string, string>>): Labels {
  const own = [...labelEntries(labels)].map(([name, value]) => [name === "job" ? "exported_job" : name, value]);
  return labelsFrom({ ...extra, ...(Object.fromEntries(own) as Record<string, string>) });
}

function metadataOf(columns: ExpositionColumns): Map<string, Metadata> {
  const metadata = new Map<string, Metadata>();
  for (let i = 0; i < columns.metadata.count; i++) {
    const { kind, name, text } = columns.metadataAt(i);
    const before = metadata.get(name) ?? { type: "unknown", help: "", unit: "" };
    metadata.set(name, { ...before, ...(kind === "type" ? { type: text as MetricType } : { [kind]: text }) });
  }
  return metadata;
}
