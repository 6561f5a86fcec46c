import { ExpositionColumns, parseExposition } from "@narthex/formats";
import { type Histogram, labelsFrom } from "@narthex/model";
import { parseHistogramDescriptor, printHistogramDescriptor } from "@narthex/promql";
import { SimClock, SimFileSystem } from "@narthex/stdx";
import { openTsdb } from "@narthex/tsdb";
import { expect, test } from "vitest";
import { answerLookup } from "../query/lookup/answer.js";
import { federationRoutes } from "./federate.js";
import { Parameters } from "./parameters.js";
import type { Answer } from "./respond.js";
import type { ApiRequest } from "./route.js";

const now = 1_700_000_000_000;
const proto = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

type Federated = { readonly body: Uint8Array; readonly contentType: string };

async function federated(accept: string | undefined): Promise<Federated> {
  const clock = new SimClock(now);
  const tsdb = await openTsdb({ path: "/data", fileSystem: new SimFileSystem(), clock });
  const appender = tsdb.appender();
  const add = (name: string, text: string): void => {
    const { histogram } = parseHistogramDescriptor(text) as { histogram: Histogram };
    appender.appendHistogram(appender.series(labelsFrom({ __name__: name, a: "b" })), now, histogram);
  };
  add("exponential", "schema:3 count:3 sum:12.5 buckets:[1 2]");
  add("custom", "schema:-53 count:3 sum:12.5 custom_values:[1 5 7] buckets:[1 0 2]");
  const refs = Uint32Array.of(appender.series(labelsFrom({ __name__: "float", a: "b" })));
  appender.append({ count: 1, refs, t: Float64Array.of(now), v: Float64Array.of(4), outcomes: new Uint8Array(1) });
  appender.commit();
  const [route] = federationRoutes({
    lookUp: async (lookup) => ({
      bytes: answerLookup(lookup, { queryable: tsdb, checkpoint: () => undefined }),
      parts: undefined,
    }),
    now: () => now,
    lookbackDeltaMs: 300_000,
    externalLabels: () => ({ site: "x" }),
  });
  const parameters = new Parameters(new URLSearchParams({ "match[]": '{a="b"}' }));
  const request = {
    parameters,
    headers: { accept },
    path: {},
    method: "GET",
    body: new Uint8Array(),
    clientAddress: "",
    signal: new AbortController().signal,
  };
  const { body, contentType } = (await route!.answer(request as ApiRequest)) as Extract<Answer, { kind: "result" }>;
  return { body: body.bytes, contentType };
}

test("text shows floats, and custom buckets as classic ones; exponential histograms it cannot", async () => {
  const { body, contentType } = await federated(undefined);
  expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
  const own = 'a="b",site="x"';
  expect(Buffer.from(body).toString()).toBe(
    [
      "# TYPE custom histogram",
      `custom_bucket{${own},le="1"} 1 ${now}`,
      `custom_bucket{${own},le="5"} 1 ${now}`,
      `custom_bucket{${own},le="7"} 3 ${now}`,
      `custom_bucket{${own},le="+Inf"} 3 ${now}`,
      `custom_sum{${own}} 12.5 ${now}`,
      `custom_count{${own}} 3 ${now}`,
      "# TYPE float untyped",
      `float{${own}} 4 ${now}`,
      "",
    ].join("\n"),
  );
});

test("protobuf shows exponential histograms", async () => {
  const { body } = await federated(proto);
  const into = new ExpositionColumns();
  parseExposition(body, "PrometheusProto", into);
  expect(into.histograms.map(({ histogram }) => printHistogramDescriptor(histogram))).toEqual([
    "{{schema:3 count:3 sum:12.5 buckets:[1 2]}}",
  ]);
  expect(into.count).toBe(8);
});
