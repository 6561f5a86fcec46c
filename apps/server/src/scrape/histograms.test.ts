// Native histograms, start times and exemplars on their way from a body to the storage.
import { contentTypes, encodeProtobufExposition, type HistogramMetric } from "@narthex/formats";
import { type Exemplar, type Histogram, labelsFrom, matcherFrom } from "@narthex/model";
import { parseHistogramDescriptor, printHistogramDescriptor } from "@narthex/promql";
import { describe, expect, test } from "vitest";
import { boundedHistogram, schemaMaxOf } from "./histograms.js";
import { type Answer, type SimScrape, simStart, simulateScrape, startsOf } from "./testing/sim-scrape.js";

const proto = contentTypes.PrometheusProto;

type Shape = {
  readonly counts?: readonly number[];
  readonly startTime?: number;
  readonly exemplars?: readonly Exemplar[];
};

/** A histogram `h`, native at schema 3 with these buckets and classic with two, as protobuf. */
function bothForms({ counts = [1, 2], startTime, exemplars = [] }: Shape = {}): Answer {
  const count = counts.reduce((sum, one) => sum + one, 0);
  const native: Histogram = {
    schema: 3,
    counterResetHint: "unknown",
    zeroThreshold: 0.001,
    zeroCount: 0,
    count,
    sum: 12.5,
    positiveSpans: [{ offset: 0, length: counts.length }],
    positiveBuckets: counts,
    negativeSpans: [],
    negativeBuckets: [],
    customValues: [],
  };
  const buckets = [
    { upperBound: 1, cumulativeCount: 1 },
    { upperBound: Infinity, cumulativeCount: count },
  ];
  const start = startTime === undefined ? {} : { startTime };
  const metric: HistogramMetric = { labels: labelsFrom({}), count, sum: 12.5, buckets, native, exemplars, ...start };
  const families = [{ name: "h", help: undefined, type: "histogram", metrics: [metric] } as const];
  return { type: proto, body: encodeProtobufExposition(families, "allow-utf-8") };
}

async function scraped(job: string, answers: readonly Answer[], options = {}): Promise<SimScrape> {
  const sim = await simulateScrape(options);
  const left = [...answers];
  sim.answer = () => left.shift() ?? "";
  sim.apply(job, "a:1");
  await sim.clock.advance(10_000 * answers.length);
  return sim;
}

/** Series of the sample's own, by name and bound, without the target's labels. */
function shape(sim: SimScrape): string[] {
  return sim
    .stored("h.*")
    .map((line) =>
      line.replace('instance="a:1", job="j"', "").replace("{}", "").replaceAll(" counter_reset_hint:not_reset", ""),
    );
}

const native = "{{schema:3 count:3 sum:12.5 z_bucket_w:0.001 buckets:[1 2]}}";
const custom = "{{schema:-53 count:3 sum:12.5 custom_values:[1] buckets:[1 2]}}";
const classic = ['h_bucket{, le="+Inf"} 3@0', 'h_bucket{, le="1.0"} 1@0', "h_count 3@0", "h_sum 12.5@0"];

describe("which form is stored", () => {
  test.each<[job: string, expected: string[]]>([
    ["", classic],
    [", scrape_native_histograms: true", [`h ${native}@0`]],
    [", scrape_native_histograms: true, always_scrape_classic_histograms: true", [`h ${native}@0`, ...classic]],
    [", convert_classic_histograms_to_nhcb: true", [`h ${custom}@0`]],
    [", scrape_native_histograms: true, convert_classic_histograms_to_nhcb: true", [`h ${native}@0`]],
    [
      ", convert_classic_histograms_to_nhcb: true, always_scrape_classic_histograms: true",
      [`h ${custom}@0`, ...classic],
    ],
    [", relabel_configs: [{ target_label: __scrape_native_histograms__, replacement: 'true' }]", [`h ${native}@0`]],
    [
      ", convert_classic_histograms_to_nhcb: true, relabel_configs: [{ target_label: __convert_classic_histograms_to_nhcb__, replacement: f }]",
      classic,
    ],
  ])("with %s", async (job, expected) => {
    expect(shape(await scraped(job, [bothForms()]))).toEqual(expected);
  });

  test("text is converted as well", async () => {
    const text = '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 3\nh_sum 12.5\nh_count 3\n';
    const sim = await scraped(", convert_classic_histograms_to_nhcb: true", [text, text]);
    expect(shape(sim)).toEqual([`h ${custom}@0 ${custom}@1`]);
    expect(sim.stored("scrape_samples_scraped")[0]).toContain("1@0 1@1");
  });

  test("protobuf is asked for first, unless the formats are chosen", async () => {
    const accepts = async (job: string, options = {}): Promise<string> => {
      const sim = await scraped(job, [""], options);
      return String(sim.requests[0]?.headers?.["accept"]).split(";")[0] as string;
    };
    const asks = ", relabel_configs: [{ target_label: __scrape_native_histograms__, replacement: 'true' }]";
    expect(await accepts("")).toBe("application/openmetrics-text");
    expect(await accepts(", scrape_native_histograms: true")).toBe("application/vnd.google.protobuf");
    expect(await accepts(asks)).toBe("application/vnd.google.protobuf");
    expect(await accepts(`${asks}, scrape_protocols: [PrometheusText0.0.4]`)).toBe("text/plain");
    expect(await accepts("", { startsAtZero: true })).toBe("application/vnd.google.protobuf");
  });

  test("a label that is not true or false makes no target", async () => {
    const job = ", relabel_configs: [{ target_label: __scrape_native_histograms__, replacement: maybe }]";
    const sim = await scraped(job, [bothForms()]);
    expect(sim.status()).toEqual([]);
  });
});

describe("native histograms", () => {
  test("become stale when they vanish, and when the form changes", async () => {
    const job = ", scrape_native_histograms: true";
    const sim = await scraped(job, [bothForms(), bothForms(), "m 1\n", bothForms(), 500, bothForms()]);
    expect(shape(sim)).toEqual([`h ${native}@0 ${native}@1 x@2 ${native}@3 x@4 ${native}@5`]);
    sim.answer = () => bothForms();
    sim.apply("", "a:1");
    await sim.clock.advance(10_000);
    expect(shape(sim)[0]).toMatch(/x@6$/);
    expect(shape(sim).length).toBe(5);
  });

  test("are reduced until their buckets fit the limit", async () => {
    const many = [1, 1, 1, 1, 1, 1, 1, 1, 1];
    const sim = await scraped(", scrape_native_histograms: true, native_histogram_bucket_limit: 3", [
      bothForms({ counts: many }),
    ]);
    expect(shape(sim)).toEqual(["h {{schema:1 count:9 sum:12.5 z_bucket_w:0.001 buckets:[1 4 4]}}@0"]);
  });

  test("that cannot be reduced fail the scrape, which is counted and still reported", async () => {
    const text = `# TYPE h histogram\n${[1, 2, 3].map((le) => `h_bucket{le="${le}"} ${le}\n`).join("")}h_count 3\nh_sum 1\nm 1\n`;
    const job = ", convert_classic_histograms_to_nhcb: true, native_histogram_bucket_limit: 2";
    const sim = await scraped(job, [text]);
    expect(sim.status()).toEqual(["down histogram bucket limit exceeded"]);
    expect(sim.stored("h|m")).toEqual([]);
    expect(sim.stored("scrape_samples_scraped")[0]).toContain("2@0");
    expect(await sim.registry.metrics()).toContain("prometheus_target_scrapes_histogram_exceeded_bucket_limit_total 1");
  });

  test("are scraped no finer than the smallest factor allows", async () => {
    const job = ", scrape_native_histograms: true, native_histogram_min_bucket_factor: 1.4";
    expect(shape(await scraped(job, [bothForms()]))[0]).toContain("schema:1 ");
  });

  test("count as one sample for the limit of samples", async () => {
    const sim = await scraped(", scrape_native_histograms: true, sample_limit: 1", [bothForms()]);
    expect(sim.status()).toEqual(["up"]);
  });

  test("that contradict themselves fail the scrape", async () => {
    const sim = await scraped(", scrape_native_histograms: true", [bothForms({ counts: [1, -2] })]);
    expect(sim.status()).toEqual([expect.stringMatching(/observation count is negative|illegal|unexpected|negative/)]);
  });

  test("keep exemplars that have a time", async () => {
    const exemplar = (v: number, t: number | undefined): Exemplar => ({ labels: labelsFrom({ id: String(v) }), v, t });
    const exemplars = [exemplar(1, undefined), exemplar(2, simStart)];
    const sim = await scraped(", scrape_native_histograms: true", [bothForms({ exemplars })], { keepsExemplars: true });
    const found = sim.tsdb.exemplars({ start: 0, end: 2 * simStart }, [[matcherFrom("=", "__name__", "h")]]);
    expect(found.flatMap(({ exemplars }) => exemplars.map(({ v }) => v))).toEqual([2]);
  });
});

describe("start times", () => {
  const options = { startsAtZero: true };
  const seconds = simStart / 1000;

  test("become zeros where counting began after the last sample", async () => {
    const body = (value: number, created: number): Answer => ({
      type: contentTypes["OpenMetricsText1.0.0"],
      body: `# TYPE c counter\nc_total ${value}\nc_created ${created}\n# EOF\n`,
    });
    const answers = [body(5, seconds - 15), body(6, seconds - 15), body(1, seconds + 20), body(2, seconds + 1e6)];
    const sim = await scraped("", answers, options);
    expect(sim.stored("c_.*")).toEqual(['c_total{instance="a:1", job="j"} 0@-2 5@0 6@1 0@2 1@2 2@3']);
    expect(sim.stored("scrape_samples_scraped")[0]).toContain("1@0 1@1");
    expect(await sim.registry.metrics()).toContain("prometheus_target_scrapes_sample_out_of_order_total 0");
  });

  test("become empty histograms", async () => {
    const answers = [bothForms({ startTime: simStart - 5000 }), bothForms({ startTime: simStart - 5000 })];
    const sim = await scraped(", scrape_native_histograms: true", answers, options);
    expect(shape(sim)[0]).toMatch(
      /^h \{\{schema:3 z_bucket_w:0\.001( counter_reset_hint:reset)?\}\}@-1 \{\{.*@0 \{\{.*@1$/,
    );
  });

  test("are stored with their samples", async () => {
    const counter = {
      type: contentTypes["OpenMetricsText1.0.0"],
      body: `# TYPE c counter\nc_total 5\nc_created ${seconds - 15}\n# TYPE g gauge\ng 1\n# EOF\n`,
    };
    const answers = [bothForms({ startTime: simStart - 5000 }), counter];
    const sim = await scraped(", scrape_native_histograms: true", answers, { storesStartTimes: true });
    expect(sim.requests[0]?.headers?.["accept"]).toMatch(/^application\/vnd\.google\.protobuf/);
    expect(startsOf(sim, "h|c_total|c_created|g")).toEqual([["c_total", -15_000], ["g"], ["h", -5000]]);
  });

  test("are series without the feature", async () => {
    const type = contentTypes["OpenMetricsText1.0.0"];
    const sim = await scraped("", [{ type, body: "# TYPE c counter\nc_total 5\nc_created 3\n# EOF\n" }]);
    expect(sim.stored("c_.*").map((line) => line.split("{")[0])).toEqual(["c_created", "c_total"]);
  });
});

test("a sample more than ten minutes ahead of its scrape is out of bounds", async () => {
  const ahead = (minutes: number): string => `m{n="${minutes}"} 1 ${simStart + minutes * 60_000}\n`;
  const sim = await scraped("", [`${ahead(9)}${ahead(12)}`]);
  expect(sim.stored("m").length).toBe(1);
  expect(sim.stored("scrape_samples_post_metric_relabeling")[0]).toContain("2@0");
  expect(await sim.registry.metrics()).toContain("prometheus_target_scrapes_sample_out_of_bounds_total 1");
});

test("resolution and factor", () => {
  const reduced = (text: string, schemaMax: number): string =>
    printHistogramDescriptor(boundedHistogram(parseHistogramDescriptor(text).histogram, { bucketsMax: 0, schemaMax }));
  expect(reduced("schema:3 count:3 sum:1 buckets:[1 1 1]", 8)).toBe("{{schema:3 count:3 sum:1 buckets:[1 1 1]}}");
  expect(reduced("schema:3 count:3 sum:1 buckets:[1 1 1]", 2)).toContain("schema:2 ");
  expect([0, 1, 1.001, 1.0054, 1.1, 2, 4, 65536, 1e30].map(schemaMaxOf)).toEqual([8, 8, 8, 7, 2, 0, -1, -4, -4]);
});
