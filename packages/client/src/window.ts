// Quantiles over the last `maxAgeMs`: several digests of staggered age, all fed, the oldest one read, then thrown away.
import type { Clock } from "@narthex/stdx";
import { Digest } from "./digest.js";

export interface WindowOptions {
  /** How far back observations count; absent for ever. */
  readonly maxAgeSeconds?: number | undefined;
  /** Steps in which the window slides; 5 unless told. */
  readonly ageBuckets?: number | undefined;
}

export class QuantileWindow {
  readonly #digests: Digest[];
  readonly #stepMs: number;
  readonly #clock: Clock;
  #turnAt: number;

  constructor(options: WindowOptions, clock: Clock) {
    const { maxAgeSeconds, ageBuckets = 5 } = options;
    const count = maxAgeSeconds === undefined ? 1 : ageBuckets;
    this.#digests = Array.from({ length: count }, () => new Digest());
    this.#stepMs = maxAgeSeconds === undefined ? Infinity : (maxAgeSeconds * 1000) / count;
    this.#clock = clock;
    this.#turnAt = clock.now() + this.#stepMs;
  }

  push(value: number): void {
    this.#turn();
    for (const digest of this.#digests) digest.push(value);
  }

  quantile(rank: number): number {
    this.#turn();
    return this.#digests[0]!.quantile(rank);
  }

  #turn(): void {
    const now = this.#clock.now();
    if (now < this.#turnAt) return;
    const steps = Math.floor((now - this.#turnAt) / this.#stepMs) + 1;
    for (let n = Math.min(steps, this.#digests.length); n > 0; n--) {
      this.#digests.shift();
      this.#digests.push(new Digest());
    }
    this.#turnAt += steps * this.#stepMs;
  }
}
