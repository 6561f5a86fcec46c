// Queries that mean harm: each ends in a clear error, or in its answer, within the timeout and the memory bound; scrapes and
// other queries go on meanwhile.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { expect, it } from "vitest";
import { ask, longestGapMs, value } from "./api.js";
import { eventually } from "./eventually.js";
import type { Running } from "./processes.js";
import { startServer } from "./server.js";

const seriesCount = 20_000;
const timeoutMs = 4000;
/** A query that does not heed its timeout loses its worker 2 s later; the rest is for a busy machine. */
const endsWithinMs = timeoutMs + 16_000;
const scrapeIntervalMs = 500;
/** Evaluated or matched on the scraping thread in one go, one of these queries alone would leave a gap of seconds. */
const gapMsMax = 3000;
/** Of the whole process with all its workers, each of which may have 1 GiB of objects. */
const residentMiBMax = 2500;

type Form = Readonly<Record<string, string>>;
type Case = readonly [what: string, path: string, form: Form, outcome: RegExp];

const repeated = (count: number, part: (i: number) => string, separator = ""): string =>
  Array.from({ length: count }, (_, i) => part(i)).join(separator);
const nested = (count: number, open: string, inner: string, close: string): string =>
  open.repeat(count) + inner + close.repeat(count);
const names = (count: number, quote = ""): string => repeated(count, (i) => `${quote}l${i}${quote}`, ",");
const instant = (query: string): [string, Form] => ["/api/v1/query", { query }];
const now = Math.floor(Date.now() / 1000);
// Samples count for five minutes, so the time to come is full of them.
const ranged = (query: string, times: Form = {}): [string, Form] => [
  "/api/v1/query_range",
  { query, start: String(now), end: String(now + 240), step: "0.1", ...times },
];
const matching = (regex: string): [string, Form] => instant(`count(load{i=~"${regex}"})`);
const doubled = (call: (inner: string) => string, count: number): string => {
  let expression = "up";
  for (let i = 0; i < count; i++) expression = call(expression);
  return expression;
};

const tooDeep = /^400 bad_data .*nested deeper than 500/;
const tooLong = /^400 bad_data .*longer than 262144 bytes/;
const badStep = /^400 bad_data .*zero or negative query resolution step/;
const tooMany = /^422 execution query processing would load too many samples/;
/** Whichever comes first on this machine. */
const bounded =
  /^(200$|503 timeout query timed out in|422 execution query (processing would load too many|ran out of memory))/;

const cases: readonly Case[] = [
  ["10,000 parentheses", ...instant(nested(10_000, "(", "1", ")")), tooDeep],
  ["5,000 binary operators", ...instant(repeated(5000, () => "up", "+")), tooDeep],
  ["5,000 operators that bind to the right", ...instant(repeated(5000, () => "2", "^")), tooDeep],
  ["10,000 signs", ...instant(`${"-".repeat(10_000)}1`), tooDeep],
  ["1,000 nested functions", ...instant(nested(1000, "abs(", "up", ")")), tooDeep],
  ["1,000 nested aggregations", ...instant(nested(1000, "sum(", "up", ")")), tooDeep],
  ["100 nested subqueries", ...instant(nested(100, "max_over_time(", "up", "[5m:1s])")), bounded],
  ["nested expressions to format", "/api/v1/format_query", { query: nested(10_000, "(", "1", ")") }, tooDeep],
  ["a regular expression of 1 MB", ...matching("a.".repeat(500_000)), tooLong],
  ["a regular expression of 100 kB", ...matching("a.".repeat(50_000)), /^400 bad_data .*longer than 65536 bytes/],
  ["a million repetitions", ...matching("(a{1,1000}){1,1000}"), /^400 bad_data .*expression too large/],
  ["repetitions of groups", ...matching("(.*x){1,30}".repeat(200)), /^400 bad_data .*expression too large/],
  ["10,000 nested groups", ...matching(nested(10_000, "(", "a", ")")), /^400 bad_data .*(too large|nests too deeply)/],
  ["5,000 literal alternatives", ...matching(repeated(5000, (i) => `no${i}`, "|")), /^200$/],
  ["300 alternatives that are not literal", ...matching(repeated(300, (i) => `no${i}.*x`, "|")), bounded],
  [
    "a pattern in label_replace",
    ...instant('label_replace(up, "a", "b", "job", "(a{1,1000}){1,1000}")'),
    /^422 execution invalid regular/,
  ],
  [
    "many with many",
    ...instant("load * on() group_left load"),
    /^422 execution (found duplicate series|multiple matches)/,
  ],
  ["every series with one, step by step", ...ranged("load * on() group_left count(load)"), bounded],
  ["a label for each series and step", ...ranged('label_replace(load, "copy", "$1$1$1$1", "i", "(.*)")'), bounded],
  [
    "labels that double",
    ...instant(doubled((e) => `label_join(${e}, "x", "", "x", "x", "job")`, 40)),
    /^422 execution label value longer/,
  ],
  [
    "replacements that grow",
    ...instant(doubled((e) => `label_replace(${e}, "job", "$1$1$1$1$1$1$1$1", "job", "(.*)")`, 20)),
    /^422 execution label value longer/,
  ],
  ["a series for each value", ...ranged('count_values("v", load + time())'), bounded],
  ["everything at the top", ...ranged("topk(1000000, load)"), bounded],
  ["everything sorted", ...instant('sort_desc({__name__=~".+"})'), bounded],
  ["11,001 points", ...ranged("up", { end: String(now + 1101) }), /^400 bad_data exceeded maximum resolution/],
  [
    "100 years in two steps a day",
    ...ranged("up", { start: "0", end: String(100 * 365 * 86_400), step: "43200" }),
    /^400 bad_data exceeded maximum/,
  ],
  ["a window of 100 years", ...instant("count_over_time(up[100y])"), /^200$/],
  ["a subquery of 100 years in milliseconds", ...instant("max_over_time(up[100y:1ms])"), tooMany],
  [
    "a subquery in a subquery in milliseconds",
    ...instant("max_over_time(max_over_time(load[1h:1ms])[1h:1ms])"),
    bounded,
  ],
  ["a step of nothing", ...ranged("up", { step: "0" }), badStep],
  ["a step back", ...ranged("up", { step: "-1" }), badStep],
  ["a step below a millisecond", ...ranged("up", { step: "0.0001" }), badStep],
  ["a step without end", ...ranged("up", { step: "1e18" }), /^400 bad_data .*cannot parse/],
  ["an end before the start", ...ranged("up", { end: "0" }), /^400 bad_data .*end timestamp must not be before/],
  ["an offset beyond time", ...instant("up offset 1000000y"), /^400 bad_data .*duration out of range/],
  ["10,000 matchers", ...instant(`load{${repeated(10_000, (i) => `a${i}!="b"`, ",")}}`), bounded],
  ["20,000 labels to group by", ...instant(`sum by (${names(20_000)}) (load)`), bounded],
  ["20,000 labels to join", ...instant(`label_join(load, "x", "", ${names(20_000, '"')})`), bounded],
  [
    "a longer replacement",
    ...instant(`label_replace(load, "x", "${"a".repeat(200_000)}", "i", ".*")`),
    /^422 execution label value longer/,
  ],
  ["a large k", ...instant("topk(9e18, load)"), /^200$/],
  ["a larger k", ...instant("topk(1e30, load)"), /^422 execution Scalar value 1e\+30 overflows int64/],
  [
    "all series with all",
    ...instant('{__name__=~".+"} * on () group_left {__name__=~".+"}'),
    /^422 execution found duplicate/,
  ],
  ["a text of 200 kB", ...instant(`"${"\\x41".repeat(50_000)}"`), /^200$/],
  ["a comment of 200 kB", ...instant(`up${"#".repeat(200_000)}`), /^200$/],
  ["a number of 200 kB", ...instant("1".repeat(200_000)), /^400 bad_data .*value out of range/],
  ["a name of 200 kB", ...instant("a".repeat(200_000)), /^200$/],
  ["a time with an exponent", ...instant("up @ 1e9999"), /^400 bad_data .*out of range/],
  ["a subquery of subqueries, without a function", ...instant(`up${"[5m:1s]".repeat(30_000)}`), tooDeep],
  ["a duration of many terms", ...instant(`up[${"1s+".repeat(50_000)}1s]`), tooDeep],
  ["a form of 3 MB", ...instant("a".repeat(3_000_000)), /^413 bad_data request body is larger/],
  ["a timeout of its own", ...ranged("topk(1000000, load)", { timeout: "50ms" }), /^503 timeout/],
];

async function outcomeOf(base: string, path: string, form: Form, signal?: AbortSignal): Promise<string> {
  const options = { method: "POST", body: new URLSearchParams(form), ...(signal ? { signal } : {}) };
  const response = await fetch(`${base}${path}`, options);
  if (response.ok) {
    // To its end, but not as one text: an answer may be longer than a string can be.
    await response.body?.pipeTo(new WritableStream());
    return String(response.status);
  }
  const { errorType, error } = (await response.json()) as { readonly errorType: string; readonly error: string };
  return `${response.status} ${errorType} ${error}`;
}

/** A target of many series. */
async function serveSeries(): Promise<{ readonly port: number; readonly close: () => void }> {
  let scrapes = 0;
  const server = createServer((_, response) => {
    scrapes++;
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(repeated(seriesCount, (i) => `load{i="${i}",half="${i % 2}"} ${i * scrapes}\n`));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { port: (server.address() as { readonly port: number }).port, close };
}

async function startLoaded(
  target: number,
  queryTimeoutMs = timeoutMs,
): Promise<{ readonly base: string; readonly server: Running }> {
  const { base, program } = await startServer({
    config: (port) => `global: {scrape_interval: ${scrapeIntervalMs}ms, scrape_timeout: ${scrapeIntervalMs}ms}
scrape_configs:
- {job_name: self, static_configs: [{targets: ['127.0.0.1:${port}']}]}
- {job_name: load, scrape_interval: 5s, scrape_timeout: 5s, static_configs: [{targets: ['127.0.0.1:${target}']}]}
`,
    flags: [`--query.timeout=${queryTimeoutMs}ms`],
  });
  await eventually("all series are there", async () => (await value(base, "count(load)")) === seriesCount);
  return { base, server: program };
}

function residentMiB({ child }: Running, field: "VmHWM" | "VmRSS"): number {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
}

async function activeCount(base: string): Promise<number> {
  return (await ask<{ readonly queries: readonly unknown[] }>(base, "/api/v1/status/queries")).queries.length;
}

it("ends hostile queries in time, and goes on", { timeout: 600_000 }, async () => {
  const target = await serveSeries();
  try {
    const { base, server } = await startLoaded(target.port);
    const since = Date.now();
    const wrong: string[] = [];
    for (const [what, path, form, expected] of cases) {
      const started = Date.now();
      const outcome = await outcomeOf(base, path, form).catch((error: unknown) => `cut off: ${String(error)}`);
      const tookMs = Date.now() - started;
      if (!expected.test(outcome) || tookMs > endsWithinMs)
        wrong.push(`${what}: ${outcome.slice(0, 300)} in ${tookMs} ms`);
      expect(await value(base, 'count(up{job="self"})')).toBe(1);
    }
    expect(wrong).toEqual([]);
    expect(await longestGapMs(base, 'scrape_samples_scraped{job="self"}', since)).toBeLessThan(gapMsMax);
    expect(residentMiB(server, "VmHWM")).toBeLessThan(residentMiBMax);
    expect(await activeCount(base)).toBe(0);
  } finally {
    target.close();
  }
});

it("keeps 200 heavy queries in a queue, and forgets those whose clients hang up", { timeout: 300_000 }, async () => {
  const target = await serveSeries();
  try {
    const { base, server } = await startLoaded(target.port, 120_000);
    const since = Date.now();
    const clients = new AbortController();
    const copies = 'label_replace({job="self"}, "copy", "$1", "__name__", "(.+)")';
    const [path, form] = ranged(`quantile_over_time(0.9, ${copies}[4m:10ms])`);
    const heavy = Array.from({ length: 200 }, () => outcomeOf(base, path, form, clients.signal).catch(() => "hung up"));
    await eventually("many wait", async () => (await activeCount(base)) > 150, 30_000);
    clients.abort();
    expect(new Set(await Promise.all(heavy)).has("hung up")).toBe(true);
    await eventually("no query is left", async () => (await activeCount(base)) === 0);
    expect(await value(base, "count(load)")).toBe(seriesCount);
    expect(await longestGapMs(base, 'scrape_samples_scraped{job="self"}', since)).toBeLessThan(gapMsMax);
    expect(residentMiB(server, "VmHWM")).toBeLessThan(residentMiBMax);
  } finally {
    target.close();
  }
});
