// Version 1 tells of metric families in requests of their own, every now and then. Comes from: what targets say of their metrics.
import { encodeMetadataRequest } from "@narthex/formats";
import type { Clock } from "@narthex/stdx";
import type { MetadataConfig, QueueConfig } from "../../config/remote-write.js";
import type { WriteClient } from "./client.js";
import { type Log, pause } from "./delivery.js";
import type { QueueNumbers } from "./numbers.js";
import type { Families } from "./protocol.js";

export type MetadataSenderOptions = {
  readonly config: MetadataConfig;
  readonly queue: QueueConfig;
  readonly client: WriteClient;
  readonly families: () => Families;
  readonly clock: Clock;
  readonly numbers: QueueNumbers;
  readonly log: Log;
};

export class MetadataSender {
  readonly #options: MetadataSenderOptions;
  readonly #ending = new AbortController();
  #cancel = (): void => {};
  #sending: Promise<void> = Promise.resolve();

  constructor(options: MetadataSenderOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, config } = this.#options;
    this.#cancel = clock.after(config.send_interval, () => {
      this.#sending = this.#sendAll().then(() => {
        if (!this.#ending.signal.aborted) this.start();
      });
    });
  }

  async stop(): Promise<void> {
    this.#cancel();
    this.#ending.abort();
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    const { families, config } = this.#options;
    const entries = [...families()];
    for (let i = 0; i < entries.length && !this.#ending.signal.aborted; i += config.max_samples_per_send) {
      await this.#send(entries.slice(i, i + config.max_samples_per_send));
    }
  }

  async #send(entries: Parameters<typeof encodeMetadataRequest>[0] & { readonly length: number }): Promise<void> {
    const { client, queue, clock, numbers, log } = this.#options;
    const body = encodeMetadataRequest(entries).slice();
    const { signal } = this.#ending;
    let backoffMs = queue.min_backoff;
    for (let attempt = 0; !signal.aborted; attempt++) {
      numbers.add("metadataTotal", entries.length);
      const outcome = await client.store(body, {
        attempt,
        signal,
        counts: { samples: 0, histograms: 0, exemplars: 0 },
      });
      if (signal.aborted) return;
      if (outcome.kind === "stored") {
        numbers.add("metadataBytes", body.length);
        return;
      }
      if (outcome.kind === "refused") {
        numbers.add("metadataFailed", entries.length);
        log("error", { count: entries.length, err: outcome.message }, "non-recoverable error while sending metadata");
        return;
      }
      numbers.add("metadataRetried", entries.length);
      const waitMs = outcome.retryAfterMs > 0 ? outcome.retryAfterMs : backoffMs;
      await pause(clock, waitMs, [signal]);
      backoffMs = Math.min(2 * waitMs, queue.max_backoff);
    }
  }
}
