// Debian's prometheus as a process beside a test: started on a directory, written to and asked over HTTP, ended or killed.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { encodeSnappy } from "@narthex/formats";
import type { Histogram } from "@narthex/model";
import { assert, ByteWriter } from "@narthex/stdx";
import type { Row } from "./rig.js";

/** Whether both programs are there; tests that need them are left out otherwise. */
export const hasPrometheus: boolean = ["prometheus", "promtool"].every(
  (program) => spawnSync(program, ["--version"]).status === 0,
);

export interface PrometheusOptions {
  /** The data directory. */
  readonly folder: string;
  /** The configuration file's content. */
  readonly config: string;
}

/** A sample of a native histogram, whose series has no label but its name. */
export interface HistogramSample {
  readonly name: string;
  readonly t: number;
  readonly histogram: Histogram;
}

/** Several runs may be at work on one machine: the kernel says which port is free. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert(address !== null && typeof address === "object", "a server that listens has a port");
  await new Promise((resolve) => server.close(resolve));
  return address.port;
}

export class Prometheus {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #base: string;
  readonly #configPath: string;

  private constructor({ folder, config }: PrometheusOptions, port: number) {
    this.#base = `http://127.0.0.1:${port}`;
    this.#configPath = `${folder}.yml`;
    writeFileSync(this.#configPath, config);
    const flags = [`--config.file=${this.#configPath}`, `--storage.tsdb.path=${folder}`];
    const more = [
      "--storage.tsdb.retention.time=100y",
      "--web.enable-remote-write-receiver",
      "--enable-feature=native-histograms",
      // Debian's leaves the lock out.
      "--storage.tsdb.use-lockfile",
    ];
    this.#process = spawn("prometheus", [...flags, ...more, `--web.listen-address=127.0.0.1:${port}`], {
      stdio: "ignore",
    });
    this.#ended = new Promise((resolve) => this.#process.once("exit", resolve));
  }

  /** Resolves when it answers queries. */
  static async start(options: PrometheusOptions): Promise<Prometheus> {
    const prometheus = new Prometheus(options, await freePort());
    await prometheus.until(async () => {
      try {
        return (await fetch(`${prometheus.#base}/-/ready`)).ok;
      } catch {
        return false; // not listening yet
      }
    });
    return prometheus;
  }

  async until(isSo: () => Promise<boolean>): Promise<void> {
    while (!(await isSo())) {
      if (this.#process.exitCode !== null) throw new Error(`prometheus ended with code ${this.#process.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Sends rows by remote write, in one request; a series has no label but its name. */
  async write(rows: readonly Row[], histograms: readonly HistogramSample[] = []): Promise<void> {
    const response = await fetch(`${this.#base}/api/v1/write`, {
      method: "POST",
      headers: { "Content-Encoding": "snappy", "Content-Type": "application/x-protobuf" },
      body: encodeSnappy(writeRequest(rows, histograms)) as Uint8Array<ArrayBuffer>,
    });
    if (!response.ok) throw new Error(`prometheus refused: ${response.status} ${await response.text()}`);
  }

  /** `name t=v …` of what a range selector finds; histograms as `t=count/sum`. */
  async matrix(query: string, timeMs: number): Promise<string[]> {
    const parameters = new URLSearchParams({ query, time: String(timeMs / 1000) });
    const response = await fetch(`${this.#base}/api/v1/query?${parameters}`);
    const { data } = (await response.json()) as { data: { result: Matrix[] } };
    return data.result
      .map(({ metric, values = [], histograms = [] }) => {
        const floats = values.map(([t, v]) => `${Math.round(t * 1000)}=${Number(v)}`);
        const others = histograms.map(([t, { count, sum }]) => {
          return `${Math.round(t * 1000)}=${Number(count)}/${Number(sum)}`;
        });
        return [metric.__name__, ...floats, ...others].join(" ");
      })
      .sort();
  }

  /** The sum of a metric's series. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.#base}/metrics`)).text();
    const lines = text.split("\n").filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    this.#process.kill(signal);
    await this.#ended;
    rmSync(this.#configPath, { force: true });
  }
}

interface Matrix {
  readonly metric: { readonly __name__: string };
  readonly values?: readonly (readonly [number, string])[];
  readonly histograms?: readonly (readonly [number, { readonly count: string; readonly sum: string }])[];
}

/** promtool's dump as our `dump` prints: `name t=v …`. */
export function promtoolDump(folder: string, range: { readonly start: number; readonly end: number }): string[] {
  const flags = [`--min-time=${range.start}`, `--max-time=${range.end}`];
  const text = execFileSync("promtool", ["tsdb", "dump", ...flags, folder], { encoding: "utf8", maxBuffer: 1 << 28 });
  const bySeries = new Map<string, string[]>();
  for (const line of text.trim().split("\n").filter(Boolean)) {
    const match = /__name__="([^"]+)".*\} (\S+) (\d+)$/.exec(line);
    if (!match) throw new Error(`unexpected line ${line}`);
    const [, name = "", value = "", t = ""] = match;
    const samples = bySeries.get(name) ?? [];
    samples.push(`${t}=${Number(value)}`);
    bySeries.set(name, samples);
  }
  return [...bySeries].map(([name, samples]) => [name, ...samples].join(" ")).sort();
}

// prompb.WriteRequest: timeseries 1 of labels 1 (name 1, value 2), samples 2 (value 1, timestamp 2) and histograms 4.
function writeRequest(rows: readonly Row[], histograms: readonly HistogramSample[]): Uint8Array {
  const labelOf = (name: string): Uint8Array => message(1, [text(1, "__name__"), text(2, name)]);
  const floats = rows.map(([name, t, v]) => {
    const value = v === "stale" ? Uint8Array.of(2, 0, 0, 0, 0, 0, 0xf0, 0x7f) : doubles([v]);
    return message(1, [labelOf(name), message(2, [Uint8Array.of(0x09), value, number(2, t)])]);
  });
  const others = histograms.map(({ name, t, histogram }) => message(1, [labelOf(name), message(4, fields(histogram, t))]));
  return joined([...floats, ...others]);
}

// prompb.Histogram, with whole counts where all are.
function fields(histogram: Histogram, t: number): Uint8Array[] {
  const { positiveBuckets, negativeBuckets, positiveSpans, negativeSpans, count, zeroCount } = histogram;
  const isInteger = [count, zeroCount, ...positiveBuckets, ...negativeBuckets].every(Number.isInteger);
  const counts = isInteger
    ? [number(1, count), number(6, zeroCount), packed(9, deltas(negativeBuckets)), packed(12, deltas(positiveBuckets))]
    : [double(2, count), double(7, zeroCount), message(10, [doubles(negativeBuckets)]), message(13, [doubles(positiveBuckets)])];
  const hint = histogram.counterResetHint === "gauge" ? [number(14, 3)] : [];
  return [
    double(3, histogram.sum),
    number(4, zigzag(histogram.schema)),
    double(5, histogram.zeroThreshold),
    ...counts,
    ...negativeSpans.map((span) => message(8, [number(1, zigzag(span.offset)), number(2, span.length)])),
    ...positiveSpans.map((span) => message(11, [number(1, zigzag(span.offset)), number(2, span.length)])),
    ...hint,
    number(15, t),
  ];
}

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
const deltas = (counts: readonly number[]): number[] => counts.map((count, i) => count - (counts[i - 1] ?? 0));
const doubles = (values: readonly number[]): Uint8Array => new Uint8Array(Float64Array.from(values).buffer);

function number(field: number, value: number): Uint8Array {
  const writer = new ByteWriter();
  writer.uvarint(8 * field);
  writer.uvarint(value);
  return writer.bytes();
}

function double(field: number, value: number): Uint8Array {
  const writer = new ByteWriter();
  writer.uvarint(8 * field + 1);
  writer.raw(doubles([value]));
  return writer.bytes();
}

/** Signed numbers in one field. */
function packed(field: number, values: readonly number[]): Uint8Array {
  const writer = new ByteWriter();
  for (const value of values) writer.uvarint(zigzag(value));
  return message(field, [writer.bytes()]);
}

function text(field: number, value: string): Uint8Array {
  return message(field, [new TextEncoder().encode(value)]);
}

function message(field: number, parts: readonly Uint8Array[]): Uint8Array {
  const content = joined(parts);
  const writer = new ByteWriter();
  writer.uvarint(8 * field + 2);
  writer.uvarint(content.length);
  writer.raw(content);
  return writer.bytes();
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter();
  for (const part of parts) writer.raw(part);
  return writer.bytes();
}
