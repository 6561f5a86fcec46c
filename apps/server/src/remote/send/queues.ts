// All queues of the thread: those whose remote stays the same go on, the others end and, where another one is for the same
// remote, that goes on where they stopped. Comes from: send/worker. Goes to: send/queue-manager.
import { SymbolEncoder, WriteEncoder, type WriteVersion } from "@narthex/formats";
import { type Labels, labelsEqual } from "@narthex/model";
import type { Clock } from "@narthex/stdx";
import type { WalWatcher, WatchOptions } from "@narthex/tsdb";
import { relabelRules } from "../../config/relabel.js";
import type { RemoteWriteConfig } from "../../config/remote-write.js";
import { WriteClient } from "./client.js";
import type { Log } from "./delivery.js";
import { MetadataSender } from "./metadata-sender.js";
import type { QueueNumbers } from "./numbers.js";
import type { Begin, Families, Intake } from "./protocol.js";
import { QueueManager } from "./queue-manager.js";
import type { Remote } from "./remotes.js";
import type { WriteHttp } from "./write-http.js";

export type QueuesOptions = {
  readonly watch: (options: WatchOptions) => WalWatcher;
  readonly startTime: number;
  readonly flushDeadlineMs: number;
  readonly addsTypeAndUnit: boolean;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly connect: (config: RemoteWriteConfig) => WriteHttp;
  /** `remote_name` and `url` are among the fields. */
  readonly log: Log;
};

export type AppliedRemote = {
  readonly remote: Remote;
  readonly numbers: QueueNumbers;
  /** Hash of the remote that this one takes the place of. */
  readonly follows?: string | undefined;
  /** Where the log is to be read from, where it follows none. */
  readonly from?: Begin | undefined;
};

type Running = {
  readonly remote: Remote;
  readonly externalLabels: Labels;
  readonly queue: QueueManager;
  readonly metadata: MetadataSender | undefined;
};

/** A request that is on its way when its queue ends for another's sake has this long to be answered. */
const graceMs = 5000;

export class Queues {
  readonly #options: QueuesOptions;
  readonly #encoders = { first: new WriteEncoder(), second: new SymbolEncoder() };
  #running: ReadonlyMap<string, Running> = new Map();
  /** Of remotes that are gone, until they are flushed. */
  readonly #ending = new Set<Promise<void>>();
  #families: Families = new Map();

  constructor(options: QueuesOptions) {
    this.#options = options;
  }

  setFamilies(families: Families): void {
    this.#families = families;
  }

  /** REQUIRES: one call at a time. */
  async apply(applied: readonly AppliedRemote[], externalLabels: Labels): Promise<void> {
    const before = this.#running;
    const isSame = ({ remote }: AppliedRemote): boolean => {
      const running = before.get(remote.hash);
      return running !== undefined && labelsEqual(running.externalLabels, externalLabels);
    };
    const kept = new Set(applied.filter(isSame).map(({ remote }) => remote.hash));
    const fresh = applied.filter(({ remote }) => !kept.has(remote.hash));
    const followed = new Map(
      fresh
        .map(({ remote, follows = remote.hash }) => [follows, remote.hash] as const)
        .filter(([old]) => before.has(old)),
    );
    const begins = await this.#stop(
      [...before.values()].filter(({ remote }) => !kept.has(remote.hash)),
      followed,
    );
    const started = fresh.map((one) => {
      const from = begins.get(one.remote.hash) ?? one.from;
      return [one.remote.hash, this.#start({ ...one, from }, externalLabels)] as const;
    });
    this.#running = new Map([...[...before].filter(([hash]) => kept.has(hash)), ...started]);
  }

  /** Where those stopped that are followed, by the hash of who follows. */
  async #stop(stopped: readonly Running[], followed: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, Begin>> {
    const begins = new Map<string, Begin>();
    await Promise.all(
      stopped.map(async (running) => {
        const follower = followed.get(running.remote.hash);
        if (follower === undefined) {
          this.#flushAside(running);
          return;
        }
        await running.metadata?.stop();
        await running.queue.handOver(graceMs);
        const { begin } = running.queue;
        if (begin) begins.set(follower, begin);
      }),
    );
    return begins;
  }

  // A reload need not wait for a remote that is down.
  #flushAside(running: Running): void {
    const ended = this.#flush(running).finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  async #flush({ queue, metadata }: Running): Promise<void> {
    await Promise.all([metadata?.stop(), queue.flush(this.#options.flushDeadlineMs)]);
  }

  #start({ remote, numbers, from }: AppliedRemote, externalLabels: Labels): Running {
    const { connect, clock, intake, addsTypeAndUnit, watch } = this.#options;
    const { config } = remote;
    // The config's decoder lets only these pass.
    const version = config.protobuf_message as WriteVersion;
    const isSecond = version === "io.prometheus.write.v2.Request";
    const client = new WriteClient({
      http: connect(config),
      url: config.url,
      headers: config.headers,
      version,
      timeoutMs: config.remote_timeout,
      retriesOn429: config.queue_config.retry_on_http_429,
      now: () => clock.now(),
    });
    const log: Log = (level, fields, text) =>
      this.#options.log(level, { ...fields, remote_name: remote.name, url: remote.url }, text);
    const families = (): Families => this.#families;
    const queue = new QueueManager({
      version,
      client,
      externalLabels,
      addsTypeAndUnit,
      watch,
      startTime: from?.startTime ?? this.#options.startTime,
      from,
      clock,
      numbers,
      intake,
      families,
      log,
      queue: config.queue_config,
      sendsExemplars: config.send_exemplars,
      sendsHistograms: config.send_native_histograms || isSecond,
      timeoutMs: config.remote_timeout,
      rules: relabelRules(config.write_relabel_configs, "utf8"),
      encoders: this.#encoders,
    });
    const sendsMetadata = config.metadata_config.send && !isSecond;
    const metadata = sendsMetadata
      ? new MetadataSender({
          config: config.metadata_config,
          queue: config.queue_config,
          client,
          families,
          clock,
          numbers,
          log,
        })
      : undefined;
    // What an earlier queue of this remote held is read again.
    numbers.forgetPending();
    queue.start();
    metadata?.start();
    return { remote, externalLabels, queue, metadata };
  }

  /** Flushes all, for as long as the flush deadline lets it. */
  async close(): Promise<void> {
    for (const running of this.#running.values()) this.#flushAside(running);
    this.#running = new Map();
    await Promise.all(this.#ending);
  }
}
