// Tokens that APIs lend for a while: kept until shortly before they end. Goes to: providers whose API lends one.
import type { Clock } from "@narthex/stdx";

/** `expiresAt` in ms since 1970. */
export type Token<T = string> = { readonly value: T; readonly expiresAt: number };

export type TokenFetch<T> = (signal: AbortSignal) => Promise<Token<T>>;

/** A token is asked for again when less than this is left of it. */
const leftMinMs = 60_000;

export class TokenKeeper<T = string> {
  readonly #clock: Clock;
  readonly #fetch: TokenFetch<T>;
  #token: Token<T> | undefined;

  constructor(clock: Clock, fetch: TokenFetch<T>) {
    this.#clock = clock;
    this.#fetch = fetch;
  }

  async current(signal: AbortSignal): Promise<T> {
    if (!this.#token || this.#clock.now() >= this.#token.expiresAt - leftMinMs) this.#token = await this.#fetch(signal);
    return this.#token.value;
  }

  /** It was refused: the next one is asked for. */
  drop(): void {
    this.#token = undefined;
  }
}
