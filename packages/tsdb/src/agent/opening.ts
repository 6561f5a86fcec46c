// An agent's store that can be written to from the first moment, while its log is still replayed: what is appended meanwhile
// waits, and is committed in order. Whatever else is asked of it throws NotReadyError until then.
import type { Appendable, Appender } from "@narthex/model";
import { NotReadyError } from "../opening.js";
import { pauses } from "../pause.js";
import type { TsdbIntake } from "../stats.js";
import { WaitingBatches, type WaitingCounters, type WaitingLimits, waitingLimits } from "../waiting.js";
import type { WalWatcher, WatchOptions } from "../wal/watcher.js";
import { type Agent, type AgentStats, openAgent } from "./agent.js";
import type { AgentOptions } from "./options.js";

export interface OpeningAgentOptions extends AgentOptions {
  readonly limits?: WaitingLimits;
  /** Told of each waiting batch that the store refused in the end. */
  readonly onBatchRefused?: (error: unknown) => void;
}

export class OpeningAgent implements Agent, Appendable {
  readonly #waiting: WaitingBatches;
  readonly #stop = new AbortController();
  #agent: Agent | undefined;
  #outOfOrderTimeWindowMs: number | undefined;
  /** Resolves when everything works; rejects as `openAgent` does. */
  readonly opened: Promise<void>;

  constructor(options: OpeningAgentOptions) {
    this.#waiting = new WaitingBatches(options.limits ?? waitingLimits);
    this.opened = this.#open(options);
  }

  async #open(options: OpeningAgentOptions): Promise<void> {
    const signals = options.signal ? [this.#stop.signal, options.signal] : [this.#stop.signal];
    const agent = await openAgent({ ...options, signal: AbortSignal.any(signals) });
    if (this.#outOfOrderTimeWindowMs !== undefined) agent.setOutOfOrderTimeWindow(this.#outOfOrderTimeWindowMs);
    await this.#waiting.release(agent, {
      pause: pauses(),
      onRefused: options.onBatchRefused ?? (() => undefined),
      // Not behind an await: a batch that came in between would wait for ever.
      onReleased: () => {
        this.#agent = agent;
      },
    });
  }

  get isReady(): boolean {
    return this.#agent !== undefined;
  }

  get waiting(): Readonly<WaitingCounters> {
    return this.#waiting.counters;
  }

  get #ready(): Agent {
    if (!this.#agent) throw new NotReadyError();
    return this.#agent;
  }

  appender(): Appender {
    if (!this.#agent) return this.#waiting.appender();
    const appender = this.#agent.appender();
    return this.#waiting.hasRefs ? this.#waiting.translated(appender) : appender;
  }

  stats(): AgentStats {
    return this.#ready.stats();
  }

  intake(): TsdbIntake {
    return this.#agent?.intake() ?? { samples: 0, histograms: 0, exemplars: 0, highestTime: 0 };
  }

  setOutOfOrderTimeWindow(windowMs: number): void {
    this.#outOfOrderTimeWindowMs = windowMs;
    this.#agent?.setOutOfOrderTimeWindow(windowMs);
  }

  watchWal(options: WatchOptions): WalWatcher {
    return this.#ready.watchWal(options);
  }

  async truncate(minTime: number): Promise<boolean> {
    const isTruncated = await this.#ready.truncate(minTime);
    // Refs that were given out during the replay have all come again by now, or never will.
    this.#waiting.forgetRefs();
    return isTruncated;
  }

  /** Ends the replay if it still goes on; what waits is then lost, as if it had not been scraped. */
  async close(): Promise<void> {
    this.#stop.abort(new Error("closed during the replay of the log"));
    // The failure is for those who await `opened`.
    await this.opened.catch(() => undefined);
    await this.#agent?.close();
  }
}
