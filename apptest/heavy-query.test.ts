// A query of many seconds: scrapes keep their times, other queries are answered, and whoever asks may end it.
import { expect, it } from "vitest";
import { ask, value } from "./api.js";
import { eventually } from "./eventually.js";
import { startServer } from "./server.js";

const scrapeIntervalMs = 250;
/** Evaluated on the scraping thread, the query would leave a gap as long as itself. */
const gapMsMax = 4 * scrapeIntervalMs;
const observedMs = 5000;

type Active = { readonly id: string; readonly query: string; readonly state: string; readonly samplesRead: number };
type Matrix = { readonly result: readonly { readonly values: readonly [number, string][] }[] };

async function activeQueries(base: string): Promise<readonly Active[]> {
  return (await ask<{ queries: readonly Active[] }>(base, "/api/v1/status/queries")).queries;
}

// Samples count for five minutes, so the time to come is full of them: thousands for every series.
function heavyPath(): string {
  const now = Date.now() / 1000;
  const everything = 'label_replace({__name__=~".+"}, "was", "$1", "__name__", "(.+)")';
  const query = `quantile_over_time(0.9, ${everything}[4m:10ms])`;
  return `/api/v1/query_range?${new URLSearchParams({ query, start: String(now), end: String(now + 240), step: "0.1" })}`;
}

/** Scrapes itself, and has done so some times. */
async function startScraping(): Promise<string> {
  const { base } = await startServer({
    config: (port) => `global: {scrape_interval: ${scrapeIntervalMs}ms, scrape_timeout: ${scrapeIntervalMs}ms}
scrape_configs: [{job_name: self, static_configs: [{targets: ['127.0.0.1:${port}']}]}]
`,
  });
  await eventually("some scrapes are stored", async () => ((await value(base, "count_over_time(up[1m])")) ?? 0) > 5);
  return base;
}

it("scrapes and answers on time while a heavy query runs, and ends it when told to", async () => {
  const base = await startScraping();
  const heavy = fetch(`${base}${heavyPath()}`);
  const active = await eventually("the heavy query runs", async () =>
    (await activeQueries(base)).find(({ state, samplesRead }) => state === "running" && samplesRead > 0),
  );
  const started = Date.now();
  let answered = 0;
  while (Date.now() - started < observedMs) {
    expect(await value(base, "count(up)")).toBe(1);
    answered++;
  }
  expect(answered).toBeGreaterThan(5);
  expect((await activeQueries(base)).map(({ id }) => id)).toContain(active.id);
  const ended = Date.now();

  expect((await fetch(`${base}/api/v1/status/queries/${active.id}`, { method: "DELETE" })).status).toBe(204);
  expect(await (await heavy).json()).toEqual({
    status: "error",
    errorType: "canceled",
    error: "query was canceled in expression evaluation",
  });
  expect((await activeQueries(base)).map(({ id }) => id)).not.toContain(active.id);
  expect((await fetch(`${base}/api/v1/status/queries/${active.id}`, { method: "DELETE" })).status).toBe(404);

  const { result } = await ask<Matrix>(base, `/api/v1/query?${new URLSearchParams({ query: "up[1m]" })}`);
  const times = (result[0]?.values ?? []).map(([t]) => t * 1000).filter((t) => t >= started && t <= ended);
  const gaps = times.slice(1).map((t, i) => t - (times[i] as number));
  expect(times.length).toBeGreaterThan(observedMs / gapMsMax);
  expect(Math.max(...gaps)).toBeLessThan(gapMsMax);
});

it("ends a query whose client hangs up", async () => {
  const base = await startScraping();
  const client = new AbortController();
  const heavy = expect(fetch(`${base}${heavyPath()}`, { signal: client.signal })).rejects.toThrow("abort");
  await eventually("the query runs", async () =>
    (await activeQueries(base)).some(({ samplesRead }) => samplesRead > 0),
  );
  client.abort();
  await heavy;
  await eventually("no query is left", async () => (await activeQueries(base)).length === 0);
});
