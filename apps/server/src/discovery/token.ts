// Tokens that APIs lend for a while: kept until shortly before they end. Goes to: providers whose API lends one.
import type { Clock } from "@narthex/stdx";
import { ApiStatusError } from "./api-client.js";

/** `expiresAt` in ms since 1970; NaN where it is not known: then it is asked for each time. */
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
    const isGood = this.#token && this.#clock.now() < this.#token.expiresAt - leftMinMs;
    if (!this.#token || !isGood) this.#token = await this.#fetch(signal);
    return this.#token.value;
  }

  /** What `ask` makes of the token. Where it fails, the token may be why: unless the API says that it is not, it is dropped. */
  async use<U>(signal: AbortSignal, ask: (token: T) => Promise<U>): Promise<U> {
    const token = await this.current(signal);
    try {
      return await ask(token);
    } catch (error) {
      if (!(error instanceof ApiStatusError) || error.status === 401) this.drop();
      throw error;
    }
  }

  /** It was refused: the next one is asked for. */
  drop(): void {
    this.#token = undefined;
  }
}
