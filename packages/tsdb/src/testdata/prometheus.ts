// Debian's prometheus as a process beside a test: started on a directory, written to and asked over HTTP, ended or killed.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { encodeSnappy } from "@narthex/formats";
import { ByteWriter } from "@narthex/stdx";
import type { Row } from "./rig.js";

/** Whether both programs are there; tests that need them are left out otherwise. */
export const hasPrometheus: boolean = ["prometheus", "promtool"].every(
  (program) => spawnSync(program, ["--version"]).status === 0,
);

export interface PrometheusOptions {
  readonly folder: string;
  readonly port: number;
  readonly config: string;
}

export class Prometheus {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #base: string;
  readonly #configPath: string;

  private constructor({ folder, port, config }: PrometheusOptions) {
    this.#base = `http://127.0.0.1:${port}`;
    this.#configPath = `${folder}.yml`;
    writeFileSync(this.#configPath, config);
    const flags = [`--config.file=${this.#configPath}`, `--storage.tsdb.path=${folder}`];
    const more = ["--storage.tsdb.retention.time=100y", "--web.enable-remote-write-receiver"];
    this.#process = spawn("prometheus", [...flags, ...more, `--web.listen-address=127.0.0.1:${port}`], {
      stdio: "ignore",
    });
    this.#ended = new Promise((resolve) => this.#process.once("exit", resolve));
  }

  /** Resolves when it answers queries. */
  static async start(options: PrometheusOptions): Promise<Prometheus> {
    const prometheus = new Prometheus(options);
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

  /** Sends rows by remote write, in one request; a series has no label but its name. */
  async write(rows: readonly Row[]): Promise<void> {
    const response = await fetch(`${this.#base}/api/v1/write`, {
      method: "POST",
      headers: { "Content-Encoding": "snappy", "Content-Type": "application/x-protobuf" },
      body: encodeSnappy(writeRequest(rows)) as Uint8Array<ArrayBuffer>,
    });
    if (!response.ok) throw new Error(`prometheus refused: ${response.status} ${await response.text()}`);
  }

  /** `name t=v …` of what a range selector finds. */
  async matrix(query: string, timeMs: number): Promise<string[]> {
    const parameters = new URLSearchParams({ query, time: String(timeMs / 1000) });
    const response = await fetch(`${this.#base}/api/v1/query?${parameters}`);
    const { data } = (await response.json()) as { data: { result: Matrix[] } };
    return data.result
      .map(({ metric, values }) =>
        [metric.__name__, ...values.map(([t, v]) => `${Math.round(t * 1000)}=${Number(v)}`)].join(" "),
      )
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
  readonly values: readonly (readonly [number, string])[];
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

// prompb.WriteRequest: timeseries 1 of labels 1 (name 1, value 2) and samples 2 (value 1, timestamp 2).
function writeRequest(rows: readonly Row[]): Uint8Array {
  return joined(
    rows.map(([name, t, v]) => {
      const label = [text(1, "__name__"), text(2, name)];
      const sample = new ByteWriter();
      sample.u8(0x09);
      sample.raw(new Uint8Array(Float64Array.of(Number(v)).buffer));
      sample.u8(0x10);
      sample.uvarint(t);
      return message(1, [message(1, label), message(2, [sample.bytes()])]);
    }),
  );
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
