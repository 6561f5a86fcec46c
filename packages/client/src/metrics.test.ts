import { SimClock } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { exponentialBuckets, linearBuckets } from "./buckets.js";
import { Counter } from "./counter.js";
import { Gauge } from "./gauge.js";
import { Histogram } from "./histogram.js";
import { MetricError } from "./names.js";
import { Registry } from "./registry.js";
import { Summary } from "./summary.js";

const openMetrics = { format: "OpenMetricsText1.0.0", escaping: "allow-utf-8" } as const;

/** A registry of its own, and its exposition without the HELP lines. */
function scope(): { registers: [Registry]; clock: SimClock; text: (wire?: typeof openMetrics) => Promise<string> } {
  const clock = new SimClock(1_000_000);
  const registry = new Registry({ clock });
  const text = async (wire?: typeof openMetrics): Promise<string> =>
    (await registry.metrics(wire)).replace(/^# HELP .*\n/gm, "");
  return { registers: [registry], clock, text };
}

describe("counters", () => {
  it("count, by label values or without", async () => {
    const { registers, text } = scope();
    const plain = new Counter({ name: "a_total", help: "A.", registers });
    const labelled = new Counter({ name: "b_total", help: "B.", labelNames: ["code", "path"] as const, registers });
    plain.inc();
    plain.inc(1.5);
    labelled.inc({ path: "/", code: 200 });
    labelled.inc({ code: "200", path: "/" }, 2);
    labelled.labels("500", "/x").inc();
    const bound = labelled.labels({ code: "404", path: "" });
    bound.inc(0);
    expect(await text()).toBe(
      "# TYPE a_total counter\na_total 2.5\n" +
        '# TYPE b_total counter\nb_total{code="200",path="/"} 3\nb_total{code="500",path="/x"} 1\nb_total{code="404"} 0\n',
    );
    labelled.remove("200", "/");
    labelled.remove({ code: "500", path: "/x" });
    plain.reset();
    expect(await text()).toBe('# TYPE a_total counter\na_total 0\n# TYPE b_total counter\nb_total{code="404"} 0\n');
  });

  it("refuse to go down, and values that are none", () => {
    const counter = new Counter({ name: "a_total", help: "A.", registers: [] });
    expect(() => counter.inc(-1)).toThrow("It is not possible to decrease a counter");
    expect(() => counter.inc(Number.NaN)).toThrow(MetricError);
    expect(() => counter.inc("1" as unknown as number)).toThrow("Value is not a valid number: 1");
  });

  it("show exemplars and start times in OpenMetrics", async () => {
    const { registers, clock, text } = scope();
    const counter = new Counter({ name: "a_total", help: "A.", registers });
    await clock.advance(500);
    counter.labels().inc(2, { trace_id: "abc" });
    expect(await text(openMetrics)).toBe(
      '# TYPE a counter\na_total 2.0 # {trace_id="abc"} 2.0 1000.5\na_created 1000.0\n# EOF\n',
    );
    expect(() => counter.labels().inc(1, { a: "x".repeat(128) })).toThrow("smaller than 128");
    counter.labels().inc(1, { a: "x".repeat(127) });
  });

  it("tell label values apart whatever they hold", async () => {
    const counter = new Counter({ name: "a_total", help: "A.", labelNames: ["x", "y"], registers: [] });
    counter.inc({ x: "1:a", y: "b" });
    counter.inc({ x: "1", y: ":ab" });
    counter.inc({ x: "", y: "1:a1:b" });
    expect(counter.family().metrics.length).toBe(3);
  });
});

describe("gauges", () => {
  it("go both ways", async () => {
    const { registers, clock, text } = scope();
    const gauge = new Gauge({ name: "a", help: "A.", labelNames: ["x"], registers });
    gauge.set({ x: "1" }, 5);
    gauge.dec({ x: "1" });
    gauge.inc({ x: "1" }, 3);
    gauge.set({ x: "2" }, Number.NaN);
    await clock.advance(1500);
    gauge.setToCurrentTime({ x: "3" });
    expect(await text()).toBe('# TYPE a gauge\na{x="1"} 7\na{x="2"} NaN\na{x="3"} 1001.5\n');
    expect(gauge.startTimer({ x: "4" })()).toBeGreaterThanOrEqual(0);
  });

  it("are set by their collect callback, which may be asynchronous", async () => {
    const { registers, text } = scope();
    new Gauge({
      name: "a",
      help: "A.",
      registers,
      async collect() {
        await Promise.resolve();
        this.set(3);
      },
    });
    expect(await text()).toBe("# TYPE a gauge\na 3\n");
  });

  it("fail the exposition when the callback throws", async () => {
    const { registers, text } = scope();
    const collect = (): never => {
      throw new Error("no database");
    };
    new Gauge({ name: "a", help: "A.", registers, collect });
    await expect(text()).rejects.toThrow("no database");
  });
});

describe("histograms", () => {
  it("count into cumulative buckets, bounds included", async () => {
    const { registers, text } = scope();
    const histogram = new Histogram({ name: "a", help: "A.", buckets: [1, 2.5], registers });
    for (const value of [0, 1, 1.1, 2.5, 3, Number.POSITIVE_INFINITY]) histogram.observe(value);
    expect(await text()).toBe(
      '# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="2.5"} 4\na_bucket{le="+Inf"} 6\na_sum +Inf\na_count 6\n',
    );
  });

  it("keep an exemplar per bucket", async () => {
    const { registers, text } = scope();
    const histogram = new Histogram({ name: "a", help: "A.", labelNames: ["x"], buckets: [1], registers });
    histogram.labels("y").observe(0.5, { id: "low" });
    histogram.labels("y").observe(2, { id: "high" });
    expect(await text(openMetrics)).toBe(
      '# TYPE a histogram\na_bucket{x="y",le="1.0"} 1 # {id="low"} 0.5 1000.0\n' +
        'a_bucket{x="y",le="+Inf"} 2 # {id="high"} 2.0 1000.0\na_sum{x="y"} 2.5\na_count{x="y"} 2\na_created{x="y"} 1000.0\n# EOF\n',
    );
  });

  it("take no bounds out of order, nor more than bucketsMax", () => {
    const declare = (buckets: number[]): Histogram => new Histogram({ name: "a", help: "A.", buckets, registers: [] });
    expect(() => declare([1, 1])).toThrow("Buckets must be ascending");
    expect(() => declare([Number.NaN])).toThrow("Buckets must be ascending");
    expect(() => declare(linearBuckets(0, 1, 1001))).toThrow("More than 1000 buckets");
    declare(linearBuckets(0, 1, 1000));
    declare([1, Number.POSITIVE_INFINITY]);
  });

  it("come with bucket generators", () => {
    expect(linearBuckets(0, 50, 3)).toEqual([0, 50, 100]);
    expect(exponentialBuckets(1, 2, 4)).toEqual([1, 2, 4, 8]);
    expect(() => exponentialBuckets(0, 2, 4)).toThrow(MetricError);
    expect(() => linearBuckets(0, 2, 0)).toThrow(MetricError);
  });
});

describe("summaries", () => {
  it("print quantiles, count and sum", async () => {
    const { registers, text } = scope();
    const summary = new Summary({ name: "a", help: "A.", percentiles: [0, 0.5, 1], registers });
    expect(await text()).toContain('a{quantile="0.5"} NaN\n');
    for (let value = 1; value <= 101; value++) summary.observe(value);
    expect(await text()).toBe(
      '# TYPE a summary\na{quantile="0"} 1\na{quantile="0.5"} 51\na{quantile="1"} 101\na_sum 5151\na_count 101\n',
    );
  });

  it("forget observations older than maxAgeSeconds, but not count and sum", async () => {
    const { registers, clock, text } = scope();
    const summary = new Summary({
      name: "a",
      help: "A.",
      percentiles: [1],
      maxAgeSeconds: 10,
      ageBuckets: 5,
      registers,
    });
    summary.observe(7);
    await clock.advance(6_000);
    summary.observe(3);
    expect(await text()).toContain('a{quantile="1"} 7\n');
    await clock.advance(4_000);
    expect(await text()).toContain('a{quantile="1"} 3\n');
    await clock.advance(60_000);
    expect(await text()).toBe('# TYPE a summary\na{quantile="1"} NaN\na_sum 10\na_count 2\n');
  });
});

describe("declarations", () => {
  it.each<[object, string]>([
    [{ name: "", help: "A." }, "Missing mandatory name parameter"],
    [{ name: "a" }, "Missing mandatory help parameter"],
    [{ name: "a-b", help: "A." }, "Invalid metric name: a-b"],
    [{ name: "a", help: "A.", labelNames: ["b-c"] }, "Invalid label name: b-c"],
    [{ name: "a", help: "A.", labelNames: ["__b"] }, "Invalid label name: __b"],
    [{ name: "a", help: "A.", labelNames: ["b", "b"] }, "Label names are not unique: b, b"],
    [{ name: "a", help: "A.", labelNames: ["le"] }, "le is a reserved label keyword"],
  ])("%j is refused", (options, message) => {
    expect(() => new Histogram({ registers: [], ...(options as { name: string; help: string }) })).toThrow(message);
  });

  it("want all label values, and no others", () => {
    const counter = new Counter({ name: "a", help: "A.", labelNames: ["x"], registers: [] });
    expect(() => counter.inc()).toThrow("Missing values for label names: x");
    expect(() => counter.labels("1", "2")).toThrow('Invalid number of arguments (2: "1, 2") for label names (x)');
    expect(() => counter.labels({ y: "1" } as unknown as { x: string })).toThrow('Added label "y" is not included');
  });
});
