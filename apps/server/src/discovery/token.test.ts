import { SimClock } from "@narthex/stdx";
import { expect, test } from "vitest";
import { ApiStatusError } from "./api-client.js";
import { TokenKeeper } from "./token.js";

const { signal } = new AbortController();

function keeper(lifeMs: number): { readonly clock: SimClock; readonly tokens: TokenKeeper<number> } {
  const clock = new SimClock(1_000_000);
  let count = 0;
  const fetch = (): Promise<{ value: number; expiresAt: number }> =>
    Promise.resolve({ value: ++count, expiresAt: clock.now() + lifeMs });
  return { clock, tokens: new TokenKeeper(clock, fetch) };
}

test("a token is kept until shortly before it ends", async () => {
  const { clock, tokens } = keeper(100_000);
  expect(await tokens.current(signal)).toBe(1);
  await clock.advance(39_999);
  expect(await tokens.current(signal)).toBe(1);
  await clock.advance(1);
  expect(await tokens.current(signal)).toBe(2);
});

test("one of which nobody knows when it ends is used once", async () => {
  const { tokens } = keeper(Number.NaN);
  expect([await tokens.current(signal), await tokens.current(signal)]).toEqual([1, 2]);
});

test("one that is refused is not used again; another failure of the API says nothing of it", async () => {
  const { tokens } = keeper(100_000);
  const fail = (error: Error): Promise<unknown> =>
    tokens.use(signal, () => Promise.reject(error)).catch((caught: unknown) => caught);
  const busy = new ApiStatusError(503, "http://api", "");
  expect(await fail(busy)).toBe(busy);
  expect(await tokens.current(signal)).toBe(1);
  await fail(new ApiStatusError(401, "http://api", ""));
  expect(await tokens.current(signal)).toBe(2);
  await fail(new Error("fault 2950"));
  expect(await tokens.use(signal, (token) => Promise.resolve(token))).toBe(3);
});
