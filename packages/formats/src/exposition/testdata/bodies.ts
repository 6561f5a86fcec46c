// One body per parser with everything its format knows, for the fuzzers to spoil.
import { encodeUtf8 } from "@narthex/stdx";
import type { ExpositionFormat } from "../format.js";
import { delimited, double, integer, message, packedZigzags, string, zigzag } from "./proto-encoder.js";

const text = `# HELP a_total What a\\nis.
# TYPE a_total counter
a_total{b="c",d="e\\"f"} 1.5 1700000000000
a_total 2
{"u.v", "w x"="é", y="z"} -1e-3
# TYPE h histogram
h_bucket { le = "1" , } 3
h_bucket{le="+Inf"} 4
h_sum NaN
# a comment
h_count 0.1234567890123456
`;

const openMetrics = `# TYPE a_seconds counter
# UNIT a_seconds seconds
# HELP a_seconds What \\"a\\" is.
a_seconds_total{b="c"} 1.5 1700000000.123 # {id="x y"} 0.5 1.5
a_seconds_created{b="c"} 1.6e9
# TYPE h histogram
h_bucket{le="1.0"} 3 # {} 1
h_bucket{le="+Inf"} 4
{"u.v","w x"="é"} +Inf
# EOF
`;

const pair = (name: string, value: string): readonly number[] => message(1, string(1, name), string(2, value));
const time = (field: number): readonly number[] => message(field, integer(1, 1_700_000_000), integer(2, 123_000_000));
const exemplar = (field: number): readonly number[] => message(field, pair("id", 'x "y"'), double(2, 0.5), time(3));

/** Every message that a scrape may hold: each type, classic and native histograms, exemplars, start times. */
export const protobufFamilies: readonly (readonly (readonly number[])[])[] = [
  [
    string(1, "a_total"),
    string(2, 'What "a"\\ is.\nReally.'),
    integer(3, 0),
    message(4, pair("b", "c"), pair("d.e", 'é"\n'), message(3, double(1, 1.5), exemplar(2), time(3)), integer(6, -5)),
    message(4, message(3, double(1, 2))),
    string(5, "bytes"),
  ],
  [string(1, "g.g"), integer(3, 1), message(4, message(2, double(1, -1e-3)))],
  [string(1, "u"), integer(3, 3), message(4, message(5, double(1, Number.POSITIVE_INFINITY)))],
  [
    string(1, "s"),
    integer(3, 2),
    message(4, message(4, integer(1, 3), double(2, 1.5), message(3, double(1, 1), double(2, 0.7)))),
  ],
  [
    string(1, "h"),
    integer(3, 4),
    message(4, message(7, integer(1, 4), double(2, 9), message(3, integer(1, 3), double(2, 1), exemplar(3)))),
    message(
      4,
      pair("kind", "native"),
      message(
        7,
        integer(1, 10),
        double(2, 12.5),
        message(3, integer(1, 10), double(2, Number.POSITIVE_INFINITY)),
        zigzag(5, 3),
        double(6, 0.001),
        integer(7, 1),
        message(9, zigzag(1, -2), integer(2, 1)),
        zigzag(10, 2),
        message(12, zigzag(1, 0), integer(2, 2)),
        message(12, zigzag(1, 3), integer(2, 1)),
        packedZigzags(13, [3, -2, 2]),
        time(15),
        exemplar(16),
      ),
    ),
  ],
];

export const exampleBodies: Partial<Record<ExpositionFormat, Uint8Array>> = {
  "PrometheusText0.0.4": encodeUtf8(text),
  "OpenMetricsText1.0.0": encodeUtf8(openMetrics),
  PrometheusProto: delimited(...protobufFamilies),
};
