// One export of each kind of metric on both wires, and what it says. Numbers of fields: opentelemetry-proto 1.9.
import {
  bytes,
  double,
  type Field,
  fixed,
  integer,
  message,
  packedDoubles,
  packedFixed,
  packedIntegers,
  string,
  zigzag,
} from "../../exposition/testdata/proto-encoder.js";
import type { OtlpResource } from "../metrics.js";

const traceId = "5b8efff798038103d269b633813fc60c";
const spanId = "eee19b7ec3c1b174";

const idBytes = (id: string): Uint8Array => Buffer.from(id, "hex");
const text = (key: string, value: string): Field => message(7, string(1, key), message(2, string(1, value)));
const times = (start: bigint, time: bigint): Field => [...fixed(2, start), ...fixed(3, time)];

const start = 1_700_000_000_000_000_000n;
const time = 1_700_000_060_123_456_789n;

const resource = message(
  1,
  message(1, string(1, "service.name"), message(2, string(1, "shop"))),
  message(1, string(1, "up"), message(2, integer(2, 1))),
  message(1, string(1, "count"), message(2, integer(3, Number.MIN_SAFE_INTEGER))),
  message(1, string(1, "share"), message(2, double(4, 0.5))),
  message(
    1,
    string(1, "list"),
    message(2, message(5, message(1, string(1, "<a>")), message(1, integer(3, 1)), message(1))),
  ),
  message(1, string(1, "map"), message(2, message(6, message(1, string(1, "k"), message(2, double(4, 1e21)))))),
  message(1, string(1, "bytes"), message(2, bytes(7, [0, 255]))),
  message(1, string(1, "none")),
);

const scope = message(
  1,
  string(1, "meter"),
  string(2, "1.2"),
  message(3, string(1, "s"), message(2, string(1, "t"))),
  integer(4, 9),
);

const exemplar = message(
  5,
  fixed(2, time),
  fixed(6, -3n),
  bytes(4, idBytes(spanId)),
  bytes(5, idBytes(traceId)),
  text("user", "u"),
);

const gauge = message(
  2,
  string(1, "temp"),
  string(2, "It is warm."),
  string(3, "Cel"),
  message(5, message(1, times(0n, time), double(4, 21.5), text("room", "a"))),
);

const sum = message(
  2,
  string(1, "requests"),
  message(
    7,
    message(1, times(start, time), fixed(6, -7n), text("code", "200"), text("a", "b"), exemplar, integer(8, 1)),
    integer(2, 2),
    integer(3, 1),
  ),
);

const histogram = message(
  2,
  string(1, "latency"),
  message(
    9,
    message(
      1,
      times(start, time),
      fixed(4, 6n),
      double(5, 2.5),
      packedFixed(6, [1n, 2n, 3n]),
      packedDoubles(7, [0.1, 1]),
      message(9, string(1, "x"), message(2, string(1, "y"))),
      double(11, 0),
    ),
    message(1, times(start, time), fixed(4, 0n)),
    integer(2, 1),
  ),
);

const exponential = message(
  2,
  string(1, "sizes"),
  message(
    10,
    message(
      1,
      message(1, string(1, "x"), message(2, string(1, "y"))),
      times(start, time),
      fixed(4, 9n),
      double(5, -1),
      zigzag(6, -2),
      fixed(7, 2n),
      message(8, zigzag(1, -3), packedIntegers(2, [1, 0, 300])),
      message(9, zigzag(1, 4), integer(2, 5)),
      double(14, 0.25),
    ),
    integer(2, 2),
  ),
);

const summary = message(
  2,
  string(1, "pause"),
  message(
    11,
    message(1, times(start, time), fixed(4, 4n), double(5, 8), message(6, double(1, 0.99), double(2, 3)), text("g", "old")),
  ),
);

const empty = message(2, string(1, "nothing"));

/** ExportMetricsServiceRequest. */
export const exportProtobuf: Uint8Array = Uint8Array.from(
  message(1, resource, message(2, scope, gauge, sum, histogram, exponential, summary, empty, string(3, "schema"))),
);

const timesJson = { startTimeUnixNano: String(start), timeUnixNano: String(time) };

export const exportJson: object = {
  resourceMetrics: [
    {
      resource: {
        attributes: [
          { key: "service.name", value: { stringValue: "shop" } },
          { key: "up", value: { boolValue: true } },
          { key: "count", value: { intValue: String(Number.MIN_SAFE_INTEGER) } },
          { key: "share", value: { doubleValue: 0.5 } },
          {
            key: "list",
            value: { arrayValue: { values: [{ stringValue: "<a>" }, { intValue: 1 }, {}] } },
          },
          { key: "map", value: { kvlistValue: { values: [{ key: "k", value: { doubleValue: 1e21 } }] } } },
          { key: "bytes", value: { bytesValue: "AP8=" } },
          { key: "none" },
        ],
        droppedAttributesCount: 3,
      },
      scopeMetrics: [
        {
          scope: { name: "meter", version: "1.2", attributes: [{ key: "s", value: { stringValue: "t" } }] },
          schemaUrl: "schema",
          metrics: [
            {
              name: "temp",
              description: "It is warm.",
              unit: "Cel",
              gauge: {
                dataPoints: [
                  {
                    timeUnixNano: String(time),
                    asDouble: 21.5,
                    attributes: [{ key: "room", value: { stringValue: "a" } }],
                  },
                ],
              },
            },
            {
              name: "requests",
              unknown: { anything: [1] },
              sum: {
                aggregationTemporality: 2,
                isMonotonic: true,
                dataPoints: [
                  {
                    ...timesJson,
                    asInt: "-7",
                    flags: 1,
                    attributes: [
                      { key: "code", value: { stringValue: "200" } },
                      { key: "a", value: { stringValue: "b" } },
                    ],
                    exemplars: [
                      {
                        timeUnixNano: String(time),
                        asInt: -3,
                        spanId: spanId.toUpperCase(),
                        traceId,
                        filteredAttributes: [{ key: "user", value: { stringValue: "u" } }],
                      },
                    ],
                  },
                ],
              },
            },
            {
              name: "latency",
              histogram: {
                aggregationTemporality: "AGGREGATION_TEMPORALITY_DELTA",
                dataPoints: [
                  {
                    ...timesJson,
                    count: "6",
                    sum: 2.5,
                    bucketCounts: ["1", 2, "3"],
                    explicitBounds: [0.1, "1"],
                    attributes: [{ key: "x", value: { stringValue: "y" } }],
                    min: 0,
                  },
                  { ...timesJson, count: 0 },
                ],
              },
            },
            {
              name: "sizes",
              exponentialHistogram: {
                aggregationTemporality: 2,
                dataPoints: [
                  {
                    ...timesJson,
                    count: 9,
                    sum: -1,
                    scale: -2,
                    zeroCount: "2",
                    zeroThreshold: 0.25,
                    positive: { offset: -3, bucketCounts: ["1", "0", "300"] },
                    negative: { offset: 4, bucketCounts: [5] },
                    attributes: [{ key: "x", value: { stringValue: "y" } }],
                  },
                ],
              },
            },
            {
              name: "pause",
              summary: {
                dataPoints: [
                  {
                    ...timesJson,
                    count: 4,
                    sum: 8,
                    quantileValues: [{ quantile: 0.99, value: 3 }],
                    attributes: [{ key: "g", value: { stringValue: "old" } }],
                  },
                ],
              },
            },
            { name: "nothing" },
          ],
        },
      ],
    },
  ],
};

const timesUs = { startUs: 1_700_000_000_000_000, timeUs: 1_700_000_060_123_456 };

export const exported: readonly OtlpResource[] = [
  {
    attributes: [
      ...["service.name", "shop", "up", "true", "count", "-9007199254740991", "share", "0.5"],
      ...["list", '["\\u003ca\\u003e",1,null]', "map", '{"k":1e+21}', "bytes", "AP8=", "none", ""],
    ],
    scopes: [
      {
        name: "meter",
        version: "1.2",
        attributes: ["s", "t"],
        schemaUrl: "schema",
        metrics: [
          {
            name: "temp",
            description: "It is warm.",
            unit: "Cel",
            data: {
              kind: "gauge",
              points: [
                {
                  attributes: ["room", "a"],
                  startUs: 0,
                  timeUs: timesUs.timeUs,
                  isRecorded: true,
                  v: 21.5,
                  exemplars: [],
                },
              ],
            },
          },
          {
            name: "requests",
            description: "",
            unit: "",
            data: {
              kind: "sum",
              temporality: "cumulative",
              isMonotonic: true,
              points: [
                {
                  ...timesUs,
                  attributes: ["code", "200", "a", "b"],
                  isRecorded: false,
                  v: -7,
                  exemplars: [{ attributes: ["user", "u"], timeUs: timesUs.timeUs, v: -3, traceId, spanId }],
                },
              ],
            },
          },
          {
            name: "latency",
            description: "",
            unit: "",
            data: {
              kind: "histogram",
              temporality: "delta",
              points: [
                {
                  ...timesUs,
                  attributes: ["x", "y"],
                  isRecorded: true,
                  count: 6,
                  sum: 2.5,
                  bucketCounts: [1, 2, 3],
                  bounds: [0.1, 1],
                  exemplars: [],
                },
                {
                  ...timesUs,
                  attributes: [],
                  isRecorded: true,
                  count: 0,
                  sum: undefined,
                  bucketCounts: [],
                  bounds: [],
                  exemplars: [],
                },
              ],
            },
          },
          {
            name: "sizes",
            description: "",
            unit: "",
            data: {
              kind: "exponential",
              temporality: "cumulative",
              points: [
                {
                  ...timesUs,
                  attributes: ["x", "y"],
                  isRecorded: true,
                  count: 9,
                  sum: -1,
                  scale: -2,
                  zeroCount: 2,
                  zeroThreshold: 0.25,
                  positive: { offset: -3, counts: [1, 0, 300] },
                  negative: { offset: 4, counts: [5] },
                  exemplars: [],
                },
              ],
            },
          },
          {
            name: "pause",
            description: "",
            unit: "",
            data: {
              kind: "summary",
              points: [
                {
                  ...timesUs,
                  attributes: ["g", "old"],
                  isRecorded: true,
                  count: 4,
                  sum: 8,
                  quantiles: [{ quantile: 0.99, v: 3 }],
                },
              ],
            },
          },
          { name: "nothing", description: "", unit: "", data: { kind: "none" } },
        ],
      },
    ],
  },
];
