import { labelsFrom } from "@narthex/model";
import { encodeUtf8 } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { ExpositionColumns } from "./columns.js";
import type { MetricFamily } from "./family.js";
import { parseExposition } from "./parser.js";
import { printExposition, type TextWire } from "./printer.js";

const text: TextWire = { format: "PrometheusText0.0.4", escaping: "underscores" };
const openMetrics: TextWire = { format: "OpenMetricsText1.0.0", escaping: "allow-utf-8" };

function check(families: readonly MetricFamily[], wire: TextWire, expected: string): void {
  const printed = printExposition(families, wire);
  expect(printed).toBe(expected);
  parseExposition(encodeUtf8(printed), wire.format, new ExpositionColumns());
}

const exemplar = { labels: labelsFrom({ trace_id: "x" }), v: 0.5, t: 1500 };

const counter: MetricFamily = {
  name: "requests_total",
  help: 'All "requests".\nReally \\.',
  type: "counter",
  metrics: [{ labels: labelsFrom({ code: "200", path: '"/"\n' }), v: 1_000_000, t: 1234, startTime: 1000, exemplar }],
};

const histogram: MetricFamily = {
  name: "took_seconds",
  help: "Took.",
  unit: "seconds",
  type: "histogram",
  metrics: [
    {
      labels: labelsFrom({ a: "b" }),
      count: 4,
      sum: 2.5,
      buckets: [
        { upperBound: 0.5, cumulativeCount: 1, exemplar },
        { upperBound: 1, cumulativeCount: 3 },
      ],
    },
  ],
};

const summary: MetricFamily = {
  name: "s",
  help: undefined,
  type: "summary",
  metrics: [{ labels: labelsFrom({}), count: 0, sum: 0, quantiles: [{ quantile: 0.5, v: Number.NaN }] }],
};

const utf8: MetricFamily = {
  name: "a.b",
  help: "x",
  type: "gauge",
  metrics: [
    { labels: labelsFrom({ "c d": "e" }), v: Number.POSITIVE_INFINITY },
    { labels: labelsFrom({}), v: -0.0001 },
  ],
};

describe("Prometheus text", () => {
  it("prints counters without exemplars and start times", () => {
    check(
      [counter],
      text,
      '# HELP requests_total All "requests".\\nReally \\\\.\n# TYPE requests_total counter\n' +
        'requests_total{code="200",path="\\"/\\"\\n"} 1e+06 1234\n',
    );
  });

  it("prints histograms and summaries", () => {
    check(
      [histogram, summary],
      text,
      "# HELP took_seconds Took.\n# TYPE took_seconds histogram\n" +
        'took_seconds_bucket{a="b",le="0.5"} 1\ntook_seconds_bucket{a="b",le="1"} 3\n' +
        'took_seconds_bucket{a="b",le="+Inf"} 4\ntook_seconds_sum{a="b"} 2.5\ntook_seconds_count{a="b"} 4\n' +
        '# TYPE s summary\ns{quantile="0.5"} NaN\ns_sum 0\ns_count 0\n',
    );
  });

  it("escapes names, or quotes them where the reader can read that", () => {
    check([utf8], text, '# HELP a_b x\n# TYPE a_b gauge\na_b{c_d="e"} +Inf\na_b -0.0001\n');
    check(
      [utf8],
      { format: "PrometheusText1.0.0", escaping: "allow-utf-8" },
      '# HELP "a.b" x\n# TYPE "a.b" gauge\n{"a.b","c d"="e"} +Inf\n{"a.b"} -0.0001\n',
    );
  });

  it("calls types that it does not have by the next best name", () => {
    const metrics = [{ labels: labelsFrom({ v: "1" }), v: 1 }];
    check(
      [
        { name: "build_info", help: undefined, type: "info", metrics },
        { name: "u", help: undefined, type: "unknown", metrics },
      ],
      text,
      '# TYPE build_info gauge\nbuild_info{v="1"} 1\n# TYPE u untyped\nu{v="1"} 1\n',
    );
  });
});

describe("OpenMetrics", () => {
  it("prints counters with exemplar and start time", () => {
    check(
      [counter],
      openMetrics,
      '# HELP requests All \\"requests\\".\\nReally \\\\.\n# TYPE requests counter\n' +
        'requests_total{code="200",path="\\"/\\"\\n"} 1e+06 1.234 # {trace_id="x"} 0.5 1.5\n' +
        'requests_created{code="200",path="\\"/\\"\\n"} 1.0\n# EOF\n',
    );
  });

  it("prints histograms with unit and canonical bounds", () => {
    check(
      [histogram],
      openMetrics,
      "# HELP took_seconds Took.\n# TYPE took_seconds histogram\n# UNIT took_seconds seconds\n" +
        'took_seconds_bucket{a="b",le="0.5"} 1 # {trace_id="x"} 0.5 1.5\ntook_seconds_bucket{a="b",le="1.0"} 3\n' +
        'took_seconds_bucket{a="b",le="+Inf"} 4\ntook_seconds_sum{a="b"} 2.5\ntook_seconds_count{a="b"} 4\n# EOF\n',
    );
  });

  it("adds _total and _info where the family's name lacks them", () => {
    const metrics = [{ labels: labelsFrom({}), v: 1 }];
    check(
      [
        { name: "a", help: undefined, type: "counter", metrics },
        { name: "b_info", help: undefined, type: "info", metrics },
      ],
      openMetrics,
      "# TYPE a counter\na_total 1.0\n# TYPE b info\nb_info 1.0\n# EOF\n",
    );
  });

  it("ends an empty body too", () => {
    check([], openMetrics, "# EOF\n");
  });
});
