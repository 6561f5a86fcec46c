// A database in memory, a clock that is set, and a remote that answers as a test says: all of sending but the thread and the network.
import { decodeSnappy, decodeWriteRequest, type ReceivedSeries, type WriteVersion } from "@narthex/formats";
import { emptyLabels, type Labels, labelsFrom, type Metadata } from "@narthex/model";
import { d, type HttpRequest, type HttpResponse, parseYamlFile } from "@narthex/service";
import { SimClock, SimFileSystem } from "@narthex/stdx";
import { openTsdb, type Tsdb } from "@narthex/tsdb";
import { completeRemoteWrites, type RemoteWriteConfig, remoteWriteConfigs } from "../../../config/remote-write.js";
import { QueueNumbers } from "../numbers.js";
import { Intake, type LogLevel } from "../protocol.js";
import { type AppliedRemote, Queues } from "../queues.js";
import { remotesOf } from "../remotes.js";

export const startTime = 1_700_000_000_000;

export function remoteConfigs(yaml: string): RemoteWriteConfig[] {
  return completeRemoteWrites(parseYamlFile("test.yml", yaml, d.withDefault(remoteWriteConfigs, [])));
}

export type Answer = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

/** One request as it came. */
export type Asked = { readonly headers: Readonly<Record<string, string>>; readonly series: readonly ReceivedSeries[] };

/** Keeps what it answers with 2xx. */
export class SimRemote {
  readonly asked: Asked[] = [];
  /** By labels: times, or `stale`/histogram/exemplar marks, in the order they came. */
  readonly received: Map<string, number[]> = new Map();
  readonly series: ReceivedSeries[] = [];
  /** What the next requests are answered; 204 unless told. May throw, or take its time. */
  answer: (asked: Asked) => Answer | Promise<Answer> = () => ({ status: 204 });
  inFlight = 0;
  inFlightMax = 0;

  async request(request: HttpRequest): Promise<HttpResponse> {
    const headers = request.headers ?? {};
    const version: WriteVersion = headers["content-type"]?.includes("v2.Request")
      ? "io.prometheus.write.v2.Request"
      : "prometheus.WriteRequest";
    const series = decodeWriteRequest(decodeSnappy(request.body as Uint8Array), version);
    this.asked.push({ headers, series });
    this.inFlight++;
    this.inFlightMax = Math.max(this.inFlightMax, this.inFlight);
    let abort = (): void => {};
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(new Error("aborted"));
    });
    aborted.catch(() => undefined);
    request.signal?.addEventListener("abort", abort, { once: true });
    try {
      const answer = await Promise.race([this.answer({ headers, series }), aborted]);
      if (answer.status >= 200 && answer.status <= 299) this.#keep(series);
      const written = { "x-prometheus-remote-write-samples-written": String(countSamples(series)) };
      const { status, headers: own = written, body = "" } = answer;
      return { status, headers: own, body: Buffer.from(body), url: request.url };
    } finally {
      request.signal?.removeEventListener("abort", abort);
      this.inFlight--;
    }
  }

  close(): void {}

  #keep(series: readonly ReceivedSeries[]): void {
    for (const one of series) {
      this.series.push(one);
      const key = one.labels.texts.join(" ");
      const times = this.received.get(key) ?? [];
      this.received.set(key, times);
      for (const { t } of one.samples) times.push(t);
    }
  }
}

function countSamples(series: readonly ReceivedSeries[]): number {
  return series.reduce((sum, { samples }) => sum + samples.length, 0);
}

export type LogLine = {
  readonly level: LogLevel;
  readonly text: string;
  readonly fields: Readonly<Record<string, string | number>>;
};

export class Rig {
  readonly clock: SimClock = new SimClock(startTime);
  readonly intake: Intake = new Intake();
  readonly lines: LogLine[] = [];
  readonly remotes: Map<string, SimRemote> = new Map();
  readonly numbers: Map<string, QueueNumbers> = new Map();
  readonly queues: Queues;
  readonly tsdb: Tsdb;

  private constructor(tsdb: Tsdb, flushDeadlineMs: number) {
    this.tsdb = tsdb;
    this.queues = new Queues({
      watch: (options) => tsdb.watchWal(options),
      startTime,
      flushDeadlineMs,
      addsTypeAndUnit: false,
      intake: this.intake,
      clock: this.clock,
      connect: ({ url }) => this.remote(url),
      log: (level, fields, text) => void this.lines.push({ level, text, fields }),
    });
  }

  static async open({ flushDeadlineMs = 60_000 }: { readonly flushDeadlineMs?: number } = {}): Promise<Rig> {
    const fileSystem = new SimFileSystem();
    return new Rig(await openTsdb({ path: "/data", fileSystem }), flushDeadlineMs);
  }

  /** The one at this URL. */
  remote(url = "http://a/"): SimRemote {
    const known = this.remotes.get(url) ?? new SimRemote();
    this.remotes.set(url, known);
    return known;
  }

  async apply(
    yaml: string,
    { external = emptyLabels, more = {} }: { external?: Labels; more?: Partial<AppliedRemote> } = {},
  ): Promise<void> {
    const applied = remotesOf(remoteConfigs(yaml)).map((remote) => {
      const numbers = this.numbers.get(remote.hash) ?? new QueueNumbers();
      this.numbers.set(remote.hash, numbers);
      return { remote, numbers, ...more };
    });
    // What stops for another's sake may wait for the clock.
    const done = this.queues.apply(applied, external);
    await this.passing(done);
  }

  /** Lets time pass until it resolves. */
  async passing(done: Promise<void>): Promise<void> {
    let isDone = false;
    const noted = done.finally(() => {
      isDone = true;
    });
    for (let i = 0; i < 2000 && !isDone; i++) await this.clock.advance(100);
    await noted;
  }

  /** The only one. */
  get counted(): QueueNumbers {
    return [...this.numbers.values()].at(-1) as QueueNumbers;
  }

  /** Appends one sample of each series at the time that the clock shows, or at `t`. */
  scrape(names: readonly string[], t: number = this.clock.now()): void {
    const appender = this.tsdb.appender();
    const refs = names.map((name) => appender.series(labelsFrom({ __name__: name, job: "test" })));
    appender.append({
      count: refs.length,
      refs: Uint32Array.from(refs),
      t: new Float64Array(refs.length).fill(t),
      v: Float64Array.from(refs, (_, i) => i),
      outcomes: new Uint8Array(refs.length),
    });
    appender.commit();
    const { samples, exemplars, highestTime } = this.tsdb.intake();
    this.intake.set({ rows: samples + exemplars, highestTime });
  }

  setFamilies(families: Readonly<Record<string, Metadata>>): void {
    this.queues.setFamilies(new Map(Object.entries(families)));
  }

  async close(): Promise<void> {
    await this.passing(this.queues.close());
    await this.tsdb.close();
  }
}
