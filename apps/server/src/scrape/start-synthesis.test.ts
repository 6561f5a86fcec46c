import { contentTypes, encodeProtobufExposition } from "@narthex/formats";
import { labelsFrom } from "@narthex/model";
import { parseHistogramDescriptor } from "@narthex/promql";
import { expect, test } from "vitest";
import type { ScrapeWorld } from "./loop.js";
import { type Answer, type SimScrape, simStart, simulateScrape, startsOf } from "./testing/sim-scrape.js";

const synthesis = { synthesizesStarts: true, storesStartTimes: true };

/** Scrapes each of the bodies, 10 s apart. */
async function scraped(bodies: readonly Answer[], options: Partial<ScrapeWorld> = synthesis): Promise<SimScrape> {
  const sim = await simulateScrape(options);
  const left = [...bodies];
  sim.answer = () => left.shift() ?? "";
  sim.apply("", "a:1");
  await sim.clock.advance(10_000 * bodies.length);
  return sim;
}

const samples = (sim: SimScrape, name: string): string[] =>
  sim.stored(name).map((line) => line.replace('instance="a:1", job="j"', "").replace(", }", "}").replace("{}", ""));

const counter = (...values: (number | string)[]): string[] => values.map((value) => `# TYPE c counter\nc ${value}\n`);

test("the first sample is held back, and later ones count from it", async () => {
  const sim = await scraped(counter(100, 103, 110));
  expect(samples(sim, "c")).toEqual(["c 3@1 10@2"]);
  const starts = startsOf(sim, "c")[0]!.slice(1) as number[];
  expect(starts).toEqual([starts[0], starts[0]]);
  expect(starts[0]).toBeGreaterThanOrEqual(0);
  expect(starts[0]).toBeLessThan(10_000);
  expect(samples(sim, "scrape_samples_post_metric_relabeling")).toEqual([expect.stringContaining(" 1@0 1@1 1@2")]);
  expect(samples(sim, "scrape_series_added")).toEqual([expect.stringContaining(" 0@0 1@1 0@2")]);
});

test("a count that falls begins anew a millisecond before", async () => {
  const sim = await scraped(counter(100, 103, 7, 9, 8));
  expect(samples(sim, "c")).toEqual(["c 3@1 7@2 9@3 8@4"]);
  const starts = startsOf(sim, "c")[0]!.slice(1) as number[];
  expect(starts.map((start) => start - starts[0]!)).toEqual([0, 19_999, 19_999, 39_999]);
});

test("what counts up has a start, and nothing else", async () => {
  const body = (n: number): string =>
    `# TYPE g gauge\ng ${n}\n# TYPE h histogram\nh_bucket{le="+Inf"} ${n}\nh_sum ${n}\nh_count ${n}\n` +
    `# TYPE s summary\ns{quantile="0.5"} ${n}\ns_sum ${n}\ns_count ${n}\nuntold_total ${n}\n`;
  const sim = await scraped([body(5), body(6)]);
  const whole = ["g 5@0 6@1", 's{quantile="0.5"} 5@0 6@1', "untold_total 5@0 6@1"];
  const counted = ['h_bucket{le="+Inf"} 1@1', "h_count 1@1", "h_sum 1@1", "s_count 1@1", "s_sum 1@1"];
  const stored = samples(sim, "g|h.*|s|s_.*|untold_total").map((line) => line.replace("{, ", "{"));
  expect(stored.toSorted()).toEqual([...whole, ...counted].toSorted());
});

test("a start that the target tells stays", async () => {
  const type = contentTypes["OpenMetricsText1.0.0"];
  const body = (n: number): Answer => ({ type, body: `# TYPE c counter\nc_total ${n}\nc_created 5\n# EOF\n` });
  const sim = await scraped([body(5), body(6)]);
  expect(samples(sim, "c_.*")).toEqual(["c_total 5@0 6@1"]);
  expect(startsOf(sim, "c_total")).toEqual([["c_total", 5000 - simStart, 5000 - simStart]]);
});

test("no value counts on from one that is no number", async () => {
  const sim = await scraped(counter("NaN", "+Inf", 5, 7));
  expect(samples(sim, "c")).toEqual(["c NaN@0 Infinity@1 2@3"]);
});

test("a series that was away counts anew", async () => {
  const sim = await scraped([...counter(5, 6), "m 1\n", ...counter(8, 9)]);
  expect(samples(sim, "c")).toEqual(["c 1@1 x@2 1@4"]);
});

test("a failed scrape between changes nothing", async () => {
  const sim = await scraped([...counter(5, 6), 503, ...counter(8)]);
  expect(samples(sim, "c")).toEqual(["c 1@1 x@2 3@3"]);
});

test("a gauge that is told to be a counter counts from then", async () => {
  const sim = await scraped(["# TYPE c gauge\nc 5\n", ...counter(6, 8)]);
  expect(samples(sim, "c")).toEqual(["c 5@0 2@2"]);
});

test("with own timestamps those count, late ones with what was known", async () => {
  const at = (n: number, seconds: number): string => counter(`${n} ${simStart + 1000 * seconds}`)[0]!;
  const sim = await scraped([at(10, 1), at(12, 1), at(15, 4), at(14, 3), at(20, 6)]);
  expect(startsOf(sim, "c")).toEqual([["c", 1000, 1000]]);
  expect(samples(sim, "c")).toEqual(["c 5@0 10@0"]);
  expect(await sim.registry.metrics()).toContain("prometheus_target_scrapes_sample_out_of_order_total 1");
});

test("zeros stand at the start with created-timestamp-zero-ingestion", async () => {
  const sim = await scraped(counter(100, 103), { synthesizesStarts: true, startsAtZero: true });
  expect(samples(sim, "c")).toEqual(["c 0@0 3@1"]);
});

test("native histograms count from their first, in every bucket", async () => {
  const body = (text: string): Answer => {
    const { histogram: native } = parseHistogramDescriptor(text);
    const { count, sum } = native;
    const metric = { labels: labelsFrom({}), count, sum, buckets: [], native };
    const families = [{ name: "h", help: undefined, type: "histogram", metrics: [metric] } as const];
    return { type: contentTypes.PrometheusProto, body: encodeProtobufExposition(families, "allow-utf-8") };
  };
  const sim = await simulateScrape(synthesis);
  const left = [
    body("schema:0 count:3 sum:10 buckets:[1 2]"),
    body("schema:0 count:6 sum:15 buckets:[1 4 1]"),
    body("schema:0 count:1 sum:1 buckets:[1]"),
  ];
  sim.answer = () => left.shift() ?? "";
  sim.apply(", scrape_native_histograms: true", "a:1");
  await sim.clock.advance(30_000);
  expect(samples(sim, "h")).toEqual(["h {{count:3 sum:5 offset:1 buckets:[2 1]}}@1 {{count:1 sum:1 buckets:[1]}}@2"]);
});
