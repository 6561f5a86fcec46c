// The exchanges of one transport that are on their way, and the one timer that ends those whose time is over.
// A timer per exchange would be made and dropped with every scrape; this one is set again only after it fired. It keeps the process
// while there are exchanges: to let each socket do so costs two calls into libuv per scrape.
import type { Exchange } from "./exchange.js";

// setTimeout fires at once beyond 2^31 - 1 ms.
const delayMsMax = 2 ** 31 - 1;

export class PendingExchanges {
  readonly #exchanges = new Set<Exchange>();
  #timer: NodeJS.Timeout | undefined;
  #firesAt = Number.POSITIVE_INFINITY;

  add(exchange: Exchange): void {
    this.#exchanges.add(exchange);
    if (exchange.endsAt < this.#firesAt) this.#arm(exchange.endsAt);
    else if (this.#exchanges.size === 1) this.#timer?.ref();
  }

  remove(exchange: Exchange): void {
    this.#exchanges.delete(exchange);
    if (this.#exchanges.size === 0) this.#timer?.unref();
  }

  /** Those of one request, which may be sent several times at once. */
  of(request: Exchange["request"]): Exchange[] {
    return [...this.#exchanges].filter((exchange) => exchange.request === request);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#firesAt = Number.POSITIVE_INFINITY;
  }

  #arm(endsAt: number): void {
    clearTimeout(this.#timer);
    const delayMs = Math.min(Math.ceil(endsAt - performance.now()), delayMsMax);
    this.#timer = setTimeout(() => this.#expire(), delayMs);
    this.#firesAt = endsAt;
  }

  #expire(): void {
    this.#firesAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const exchange of this.#exchanges) {
      if (exchange.endsAt <= now) exchange.expire();
      else next = Math.min(next, exchange.endsAt);
    }
    if (next < this.#firesAt) this.#arm(next);
  }
}
