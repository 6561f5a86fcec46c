// One body per parser with everything its format knows, for the fuzzers to spoil.
import { encodeUtf8 } from "@narthex/stdx";
import type { ExpositionFormat } from "../format.js";

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

export const exampleBodies: Partial<Record<ExpositionFormat, Uint8Array>> = {
  "PrometheusText0.0.4": encodeUtf8(text),
  "OpenMetricsText1.0.0": encodeUtf8(openMetrics),
};
