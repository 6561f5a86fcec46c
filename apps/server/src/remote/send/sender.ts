// Sending by remote write, as the server sees it: applies configs, passes on what the other thread cannot know, keeps where each
// queue stands. Comes from: the reloader, scrape (metadata). Goes to: send/thread, which reads the log by itself and sends.
// Where no remote is configured there is no thread. Why a thread: docs/decisions/0020-sending-thread.md.
import type { Registry } from "@narthex/client";
import { emptyLabels, type Labels } from "@narthex/model";
import { errorText, type Logger } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import type { TsdbIntake } from "@narthex/tsdb";
import type { RemoteWriteConfig } from "../../config/remote-write.js";
import { pack } from "./crossing.js";
import { addSendMetrics, type SentTo } from "./metrics.js";
import { QueueNumbers } from "./numbers.js";
import type { Places } from "./places.js";
import { type Begin, type Families, Intake, type PackedRemote } from "./protocol.js";
import { remotesOf, takeNamesake } from "./remotes.js";
import { SendThread } from "./thread.js";

export type SenderOptions = {
  /** Folder of the log, …/wal: what its writer commits is sent. */
  readonly walPath: string;
  /** Resolves when the log can be read: repaired, and owned. */
  readonly opened: Promise<void>;
  /** Samples that are not newer are not sent: when the server started, in ms. */
  readonly startTime: number;
  /** Where queues stopped when the server was last at work: there they go on. Undefined: they begin anew. */
  readonly places: Places | undefined;
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

/** How often the thread hears what came in, which decides how many shards it wants; half of the time between its decisions. */
const intakeMs = 5000;
/** Prometheus' default of metadata_config.send_interval. */
const metadataMs = 60_000;
/** How often places are kept; what was sent since is sent again after a crash. */
const placesMs = 5000;
const restartMs = 5000;

export class RemoteSender {
  readonly #options: SenderOptions;
  readonly #intake = new Intake();
  #sentTo: readonly SentTo[] = [];
  #externalLabels = emptyLabels;
  #thread: SendThread | undefined;
  readonly #cancels = new Map<string, () => void>();
  #isClosed = false;

  constructor(options: SenderOptions) {
    this.#options = options;
    addSendMetrics(options.registry, { sentTo: () => this.#sentTo, intake: options.intake });
  }

  /** Of the remote that is furthest behind, the newest sample it has, in ms; 0 without any: what a log may drop before. */
  lowestSentTime(): number {
    const times = this.#sentTo.map(({ numbers }) => numbers.get("highestSentMs"));
    return times.length === 0 ? 0 : Math.min(...times);
  }

  /**
   * Queues whose config is the same go on; another one of the same name or URL begins where its forerunner stopped. Resolves
   * when all are at work, and waits for the log.
   */
  async apply({ remotes, externalLabels }: SendConfig): Promise<void> {
    const before = this.#sentTo;
    const next = remotesOf(remotes);
    const known = new Map(before.map((one) => [one.remote.hash, one]));
    this.#sentTo = next.map((remote) => known.get(remote.hash) ?? { remote, numbers: new QueueNumbers() });
    this.#externalLabels = externalLabels;
    if (this.#sentTo.length === 0 && !this.#thread) return;
    await this.#options.opened;
    if (this.#isClosed) return;
    const gone = before.map(({ remote }) => remote).filter(({ hash }) => !next.some((one) => one.hash === hash));
    if (!this.#thread) this.#loadPlaces();
    this.#thread ??= this.#start();
    await this.#applyTo(this.#thread, ({ remote, numbers }) => ({
      follows: known.has(remote.hash) ? undefined : takeNamesake(gone, remote)?.hash,
      from: numbers.begin,
    }));
  }

  /** They hold until the queues say where they stand, and are kept until then. */
  #loadPlaces(): void {
    const places = this.#options.places?.load() ?? [];
    for (const { remote, numbers } of this.#sentTo) {
      const place = takeNamesake(places, remote);
      if (place) numbers.setBegin(place.begin);
    }
  }

  /** Sends what was committed until now, for as long as the flush deadline lets it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const cancel of this.#cancels.values()) cancel();
    if (!this.#thread) return;
    await this.#thread.close();
    this.#keepPlaces();
  }

  #applyTo(thread: SendThread, startOf: (sent: SentTo) => Pick<PackedRemote, "follows" | "from">): Promise<void> {
    const remotes = this.#sentTo.map((sent) => ({
      ...sent.remote,
      config: pack(sent.remote.config),
      numbers: sent.numbers.buffer,
      ...startOf(sent),
    }));
    return thread.ask((id) => ({ kind: "apply", id, remotes, externalLabels: this.#externalLabels }));
  }

  #start(): SendThread {
    const { walPath, startTime, userAgent, flushDeadlineMs, addsTypeAndUnit, logger } = this.#options;
    const thread = new SendThread({
      setup: { walPath, startTime, userAgent, flushDeadlineMs, addsTypeAndUnit, intake: this.#intake.buffer },
      logger,
      onLoss: (error) => this.#lose(error),
    });
    this.#repeat("intake", intakeMs, () => this.#noteIntake());
    this.#repeat("metadata", metadataMs, () => thread.tell({ kind: "metadata", families: this.#options.metadata() }));
    this.#repeat("places", placesMs, () => this.#keepPlaces());
    return thread;
  }

  #repeat(name: string, intervalMs: number, task: () => void): void {
    task();
    this.#later(name, intervalMs, () => this.#repeat(name, intervalMs, task));
  }

  #later(name: string, delayMs: number, task: () => void): void {
    this.#cancels.get(name)?.();
    this.#cancels.set(name, this.#options.clock.after(delayMs, task));
  }

  #noteIntake(): void {
    const { samples, exemplars, highestTime } = this.#options.intake();
    this.#intake.set({ rows: samples + exemplars, highestTime });
  }

  #keepPlaces(): void {
    const { places, logger } = this.#options;
    if (!places) return;
    try {
      places.save(this.#sentTo.flatMap(({ remote, numbers: { begin } }) => (begin ? [{ ...remote, begin }] : [])));
    } catch (error) {
      logger.error({ err: errorText(error) }, "cannot keep where remote write stands");
    }
  }

  // Whatever it was, samples must go on: the queues start again where they stood.
  #lose(error: Error): void {
    const { logger } = this.#options;
    logger.error({ err: errorText(error) }, "the thread of remote write failed, and is started again");
    this.#later("restart", restartMs, () => {
      const thread = this.#start();
      this.#thread = thread;
      for (const { numbers } of this.#sentTo) numbers.forgetPending();
      const begins = new Map<SentTo, Begin | undefined>(this.#sentTo.map((sent) => [sent, sent.numbers.begin]));
      this.#applyTo(thread, (sent) => ({ follows: undefined, from: begins.get(sent) })).catch((again: unknown) =>
        logger.error({ err: errorText(again) }, "remote write did not start again"),
      );
    });
  }
}
