import { describe, expect, it } from "vitest";
import { ExpositionColumns } from "./columns.js";
import { ParseError } from "./parse-error.js";
import { parseExposition, scanExposition } from "./parser.js";
import { SeriesCache } from "./series-cache.js";
import type { Sink } from "./sink.js";
import { exampleBodies, protobufFamilies } from "./testdata/bodies.js";
import { delimited, double, integer, message, string, zigzag } from "./testdata/proto-encoder.js";

const body = exampleBodies.PrometheusProto as Uint8Array;
const into = new ExpositionColumns();

function rows(mode?: Sink["nativeHistograms"]): string[] {
  scanExposition(body, "PrometheusProto", { into, cache: new SeriesCache(), nativeHistograms: mode });
  return Array.from({ length: into.count }, (_, row) => {
    const t = Number.isNaN(into.t[row]) ? "" : ` @${into.t[row]}`;
    return `${into.labelsAt(row).join(" ")} = ${into.v[row]}${t}`;
  });
}

const classicOfNative = [
  "__name__ h_count kind native = 10",
  "__name__ h_sum kind native = 12.5",
  "__name__ h_bucket kind native le +Inf = 10",
];

describe("protobuf bodies", () => {
  it("become rows with the names of the text format", () => {
    expect(rows()).toEqual([
      '__name__ a_total b c d.e é"\n = 1.5 @-5',
      "__name__ a_total = 2",
      "__name__ g.g = -0.001",
      "__name__ u = Infinity",
      "__name__ s_count = 3",
      "__name__ s_sum = 1.5",
      "__name__ s quantile 1.0 = 0.7",
      "__name__ h_count = 4",
      "__name__ h_sum = 9",
      "__name__ h_bucket le 1.0 = 3",
      "__name__ h_bucket le +Inf = 4",
      "__name__ h kind native = 12.5",
    ]);
    expect([...into.startTimes]).toEqual([
      [0, 1_700_000_000_123],
      [11, 1_700_000_000_123],
    ]);
  });

  it("read native histograms beside the classic ones, or not at all", () => {
    expect(rows("both").slice(11)).toEqual(["__name__ h kind native = 12.5", ...classicOfNative]);
    expect(rows("ignore").slice(11)).toEqual(classicOfNative);
    expect(into.histograms).toEqual([]);
  });

  it("decode native histograms, deltas summed", () => {
    rows();
    expect(into.histograms).toEqual([
      {
        row: 11,
        histogram: {
          schema: 3,
          counterResetHint: "unknown",
          zeroThreshold: 0.001,
          zeroCount: 1,
          count: 10,
          sum: 12.5,
          positiveSpans: [
            { offset: 0, length: 2 },
            { offset: 3, length: 1 },
          ],
          positiveBuckets: [3, 1, 3],
          negativeSpans: [{ offset: -2, length: 1 }],
          negativeBuckets: [2],
          customValues: [],
        },
      },
    ]);
  });

  it("keep metadata and exemplars", () => {
    rows();
    const metadata = Array.from({ length: into.metadata.count }, (_, i) => into.metadataAt(i));
    expect(metadata.slice(0, 4)).toEqual([
      { kind: "help", name: "a_total", text: 'What "a"\\ is.\nReally.' },
      { kind: "type", name: "a_total", text: "counter" },
      { kind: "unit", name: "a_total", text: "bytes" },
      { kind: "type", name: "g.g", text: "gauge" },
    ]);
    expect(into.exemplars.map((exemplar) => [exemplar.row, exemplar.v, exemplar.t])).toEqual([
      [0, 0.5, 1_700_000_000_123],
      [9, 0.5, 1_700_000_000_123],
      [11, 0.5, 1_700_000_000_123],
    ]);
    expect(into.exemplarLabels(into.exemplars[0]!)).toEqual(["id", 'x "y"']);
  });

  it("give the same slots to the same series from scrape to scrape", () => {
    const cache = new SeriesCache();
    scanExposition(body, "PrometheusProto", { into, cache });
    expect(into.newRows.length).toBe(into.count);
    const slots = [...into.slots.subarray(0, into.count)];
    expect(scanExposition(body, "PrometheusProto", { into, cache })).toEqual([]);
    expect(into.newRows).toEqual([]);
    expect([...into.slots.subarray(0, into.count)]).toEqual(slots);
    const fewer = delimited(...protobufFamilies.slice(1));
    expect(scanExposition(fewer, "PrometheusProto", { into, cache })).toEqual(slots.slice(0, 2));
    expect(into.newRows).toEqual([]);
  });
});

describe("bodies that are refused", () => {
  function refuses(bytes: Uint8Array, message: RegExp): void {
    expect(() => parseExposition(bytes, "PrometheusProto", into)).toThrow(ParseError);
    expect(() => parseExposition(bytes, "PrometheusProto", into)).toThrow(message);
  }

  it("end early, or lie about their lengths", () => {
    refuses(body.subarray(0, body.length - 1), /unexpected end of data at byte/);
    refuses(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1), /varint longer than 64 bits/);
  });

  it("have wrong fields", () => {
    refuses(delimited([integer(3, 1)]), /invalid metric name/);
    refuses(delimited([string(1, "a"), integer(3, 9)]), /unknown metric type/);
    refuses(delimited([string(1, "a"), message(4, message(3, integer(1, 1)))]), /wrong wire type 0 for field 1/);
    const spans = message(7, message(12, zigzag(1, 0), integer(2, 2)), double(2, 1), zigzag(13, 1));
    refuses(delimited([string(1, "a"), integer(3, 4), message(4, spans)]), /spans need 2 buckets, have 1 buckets/);
    const schema = message(7, double(6, 1), zigzag(5, 53));
    refuses(delimited([string(1, "a"), integer(3, 4), message(4, schema)]), /unknown histogram schema 53/);
    const count = message(7, integer(1, 5), message(12, zigzag(1, 0), integer(2, 1)), zigzag(13, 4));
    refuses(
      delimited([string(1, "a"), integer(3, 4), message(4, count)]),
      /4 observations found in buckets, but .* is 5/,
    );
  });
});
