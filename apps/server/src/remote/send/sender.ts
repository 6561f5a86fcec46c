// Sending by remote write, as the server sees it: applies configs, passes on what the other thread cannot know, shows its numbers.
// Comes from: the reloader, scrape (metadata). Goes to: remote/send/worker, a thread that reads the log by itself and sends.
// Where no remote is configured there is no thread. Why a thread: docs/decisions/0017-sending-thread.md.
import { Worker } from "node:worker_threads";
import type { Registry } from "@narthex/client";
import type { Labels } from "@narthex/model";
import type { Logger } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import type { TsdbIntake } from "@narthex/tsdb";
import type { RemoteWriteConfig } from "../../config/remote-write.js";
import { pack } from "./crossing.js";
import { addSendMetrics, type SentTo } from "./metrics.js";
import { QueueNumbers } from "./numbers.js";
import { type Families, type FromSender, Intake, type SendSetup, type ToSender } from "./protocol.js";
import { type Remote, remotesOf } from "./remotes.js";

export type SenderOptions = {
  /** Folder of the log, …/wal: what its writer commits is sent. */
  readonly walPath: string;
  /** Resolves when the log can be read: repaired, and owned. */
  readonly opened: Promise<void>;
  /** Samples that are not newer are not sent: when the server started, in ms. */
  readonly startTime: number;
  readonly userAgent: string;
  readonly flushDeadlineMs: number;
  readonly addsTypeAndUnit: boolean;
  /** What the log's writer took in. */
  readonly intake: () => TsdbIntake;
  /** What targets say of their metrics. */
  readonly metadata: () => Families;
  readonly registry: Registry;
  readonly logger: Logger;
  readonly clock: Clock;
};

export type SendConfig = {
  readonly remotes: readonly RemoteWriteConfig[];
  readonly externalLabels: Labels;
};

// Threads need a built file also where this one runs from its source (tests, `npm run dev`).
const program = new URL("../../../dist/remote/send/worker.js", import.meta.url);

/** How often the thread hears what came in, which decides how many shards it wants; half of the time between its decisions. */
const intakeMs = 5000;
/** Prometheus' default of metadata_config.send_interval. */
const metadataMs = 60_000;

export class RemoteSender {
  readonly #options: SenderOptions;
  readonly #intake = new Intake();
  #sentTo: readonly SentTo[] = [];
  #worker: Worker | undefined;
  #calls = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  #lastCall = 0;
  #cancels: (() => void)[] = [];
  #isClosed = false;

  constructor(options: SenderOptions) {
    this.#options = options;
    addSendMetrics(options.registry, { sentTo: () => this.#sentTo, intake: options.intake });
  }

  /** Remotes that samples are sent to. */
  get remotes(): readonly Remote[] {
    return this.#sentTo.map(({ remote }) => remote);
  }

  /** Of the remote that is furthest behind, the newest sample it has, in ms; 0 without any: what a log may drop before. */
  lowestSentTime(): number {
    const times = this.#sentTo.map(({ numbers }) => numbers.get("highestSentMs"));
    return times.length === 0 ? 0 : Math.min(...times);
  }

  /**
   * Queues whose config is the same go on; others end, and start where they were. Resolves when all are at work, and
   * waits for the log. Throws an Error for two remotes that are the same.
   */
  async apply({ remotes, externalLabels }: SendConfig): Promise<void> {
    const before = this.#sentTo;
    const next = remotesOf(remotes);
    const known = new Map(before.map((one) => [one.remote.hash, one]));
    this.#sentTo = next.map((remote) => known.get(remote.hash) ?? { remote, numbers: new QueueNumbers() });
    if (this.#sentTo.length === 0 && !this.#worker) return;
    await this.#options.opened;
    if (this.#isClosed) return;
    if (!this.#worker) this.#start();
    const gone = before.filter(({ remote }) => !next.some(({ hash }) => hash === remote.hash));
    const packed = this.#sentTo.map(({ remote, numbers }) => ({
      ...remote,
      config: pack(remote.config),
      numbers: numbers.buffer,
      follows: known.has(remote.hash) ? undefined : takeFollowed(gone, remote)?.hash,
      from: undefined,
    }));
    await this.#call((id) => ({ kind: "apply", id, remotes: packed, externalLabels }));
  }

  /** Sends what was committed until now, for as long as the flush deadline lets it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const cancel of this.#cancels.splice(0)) cancel();
    if (!this.#worker) return;
    await this.#call((id) => ({ kind: "close", id })).catch(() => undefined);
    await this.#worker.terminate();
  }

  #start(): void {
    const { walPath, startTime, userAgent, flushDeadlineMs, addsTypeAndUnit } = this.#options;
    const workerData: SendSetup = {
      walPath,
      startTime,
      userAgent,
      flushDeadlineMs,
      addsTypeAndUnit,
      intake: this.#intake.buffer,
    };
    const worker = new Worker(program, { workerData, name: "remote-write", execArgv: [] });
    worker.on("message", (message: FromSender) => this.#receive(message));
    worker.on("error", (error: Error) => this.#lose(error));
    worker.unref();
    this.#worker = worker;
    this.#repeat(intakeMs, () => this.#noteIntake());
    this.#repeat(metadataMs, () => this.#tellMetadata());
  }

  #repeat(intervalMs: number, task: () => void): void {
    const at = this.#cancels.push(() => {}) - 1;
    const run = (): void => {
      task();
      this.#cancels[at] = this.#options.clock.after(intervalMs, run);
    };
    run();
  }

  #noteIntake(): void {
    const { samples, exemplars, highestTime } = this.#options.intake();
    this.#intake.set({ rows: samples + exemplars, highestTime });
  }

  #tellMetadata(): void {
    this.#post({ kind: "metadata", families: this.#options.metadata() });
  }

  #post(message: ToSender): void {
    this.#worker?.postMessage(message);
  }

  #call(message: (id: number) => ToSender): Promise<void> {
    const id = ++this.#lastCall;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.#post(message(id));
    });
  }

  #receive(message: FromSender): void {
    const { logger } = this.#options;
    if (message.kind === "log") {
      logger[message.level](message.fields, message.text);
      return;
    }
    const call = this.#calls.get(message.id);
    this.#calls.delete(message.id);
    if (message.error === undefined) call?.resolve();
    else call?.reject(new Error(message.error));
  }

  // Whatever it was, samples must go on: the queues start again in a new thread, from what is committed from now on.
  #lose(error: Error): void {
    this.#options.logger.error({ err: error.message }, "the thread of remote write failed");
    for (const { reject } of this.#calls.values()) reject(error);
    this.#calls.clear();
  }
}

/** Of the remotes that are gone, the one that this is with another config: of the same name, or else the same URL. */
function takeFollowed(gone: SentTo[], { name, url }: Remote): Remote | undefined {
  const byName = gone.findIndex(({ remote }) => remote.name === name);
  const at = byName < 0 ? gone.findIndex(({ remote }) => remote.url === url) : byName;
  return at < 0 ? undefined : gone.splice(at, 1)[0]?.remote;
}
