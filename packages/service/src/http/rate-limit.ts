// The web config's rate_limit: a bucket of `burst` tokens, a new one each interval; a request takes one or is answered 429.
// Comes from: http/web-source. Goes to: http/listen.
import type { FastifyReply, FastifyRequest } from "fastify";
import { type Decoder, d } from "../yaml/decode.js";

/** `interval` in ms; 0 for no limit. */
export type RateLimitConfig = { readonly interval: number; readonly burst: number };

export const rateLimitDecoder: Decoder<RateLimitConfig> = d.object("web.RateLimiterConfig", {
  interval: d.withDefault(d.duration, 0),
  burst: d.withDefault(d.unsigned, 0),
});

export class TokenBucket {
  readonly #config: RateLimitConfig;
  #tokens: number;
  #filledMs: number;

  /** Full at `nowMs`. */
  constructor(config: RateLimitConfig, nowMs: number) {
    this.#config = config;
    this.#tokens = config.burst;
    this.#filledMs = nowMs;
  }

  take(nowMs: number): boolean {
    const { interval, burst } = this.#config;
    this.#tokens = Math.min(burst, this.#tokens + (nowMs - this.#filledMs) / interval);
    this.#filledMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

/** `config` is called for each request; another object begins with a full bucket. */
export function limitRate(
  config: () => RateLimitConfig | undefined,
  stopwatchMs: () => number = () => performance.now(),
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  let applied: RateLimitConfig | undefined;
  let bucket: TokenBucket | undefined;
  return async (_, reply) => {
    const current = config();
    if (current !== applied) {
      applied = current;
      bucket = current && current.interval > 0 ? new TokenBucket(current, stopwatchMs()) : undefined;
    }
    if (!bucket || bucket.take(stopwatchMs())) return;
    await reply.code(429).type("text/plain; charset=utf-8").send("Too Many Requests\n");
  };
}
