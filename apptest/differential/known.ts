// Where Prometheus 3 answers otherwise than 2.42 on purpose: such queries prove nothing about us and are left out, by rule.
import type { Answer } from "./compare.js";
import type { GeneratedQuery } from "./queries.js";

type Rule = {
  readonly name: string;
  applies(query: GeneratedQuery, ours: Answer, theirs: Answer): boolean;
};

/** The query in the words of 2.42. */
export function inPeersWords(query: GeneratedQuery): GeneratedQuery {
  return { ...query, expression: query.expression.replaceAll("double_exponential_smoothing", "holt_winters") };
}

/** Values of time() atan2 anything differ in their eighth digit: half the digits of their spread are noise, in any order of adding. */
export function isNoise({ expression }: GeneratedQuery): boolean {
  return /\bstd(dev|var)\b.*\btime\(\) atan2\b/.test(expression);
}

const rules: readonly Rule[] = [
  { name: "stddev and stdvar of time() atan2 something", applies: isNoise },
  {
    // 2.42 contradicts itself: its range query gives other values than its instant queries from the third step on.
    name: "predict_linear of an @ range at many steps",
    applies: ({ expression }) => /predict_linear\(\w+(\{("[^"]*"|[^}"])*\})?\[\w+\] @/.test(expression),
  },
  {
    // Likewise: the parameter of all steps is that of the first where what is aggregated is pinned.
    name: "a parameter that changes, of an aggregation over @",
    applies: ({ expression }) =>
      /\b(quantile|topk|bottomk)\b[^@]*\((scalar|time)\(.*(@|vector\([\d.-])/.test(expression),
  },
  {
    // 2.42 takes the deviation of a single NaN or infinity for 0; 3 for NaN.
    name: "stddev and stdvar of what may be NaN",
    applies: ({ expression }, ours) =>
      /\bstd(dev|var)\b/.test(expression) &&
      (/wild|NaN|Inf/.test(expression) || JSON.stringify(ours).includes('"NaN"')),
  },
  {
    name: "atan2 with a number, which keeps the metric name in 2.42",
    applies: ({ expression }, _, theirs) => expression.includes("atan2") && JSON.stringify(theirs).includes("__name__"),
  },
  {
    // 3 looks for two of one label set at the same time, 2.42 over the whole range.
    name: "series that lose their names and do not overlap in time",
    applies: (_, ours, theirs) =>
      ours.status === "success" && theirs.status === "error" && theirs.error.includes("with the same labelset"),
  },
  {
    // 2.42 does not see the second match where the comparison leaves it out.
    name: "ambiguous matches that a comparison filters",
    applies: (_, ours, theirs) =>
      ours.status === "error" &&
      theirs.status === "success" &&
      ours.error.includes("many-to-one matching must be explicit"),
  },
  {
    name: "timestamp of a selector with @ and offset, whose offset 2.42 forgets",
    applies: ({ expression }) => /timestamp\(.*@ .* offset/.test(expression),
  },
  {
    // They turn the last digit, in which two libraries may differ, into the first.
    name: "sin, cos, tan and % of a transcendental function",
    applies: ({ expression }) =>
      /(\^|\bavg_over_time\b).*%/.test(expression) ||
      /\b(sin|cos|tan)\(.*\b(avg_over_time|a?(sin|cos|tan)h?|exp|ln|log2|log10|deg|rad|sqrt)\(/.test(expression),
  },
  {
    // 3 adds histograms with what is lost in rounding, 2.42 without: a whole number may be a last digit below itself.
    name: "floor and ceil of a sum of histograms",
    applies: ({ expression }) => /\b(floor|ceil)\(histogram_(count|sum)\((sum|avg)\b/.test(expression),
  },
  {
    name: "duplicates on one side where the other is empty, which 3 does not look at",
    applies: (_, ours, theirs) =>
      ours.status === "success" && theirs.status === "error" && theirs.error.startsWith("found duplicate series"),
  },
];

/** Of 16 bytes that a float takes: 2 + 1 spans and 10 + 2 buckets of 8 bytes each, and 176 for the rest. */
const floatsPerHistogram = 18;

/**
 * How many samples are counted for each that 2.42 counts: there a histogram is one, in 3 it counts by its size. Undefined where a query
 * looks at histograms and at something else, too.
 */
export function samplesPerSample({ expression }: GeneratedQuery): number | undefined {
  if (!expression.includes("latency_native")) return 1;
  const hasFloats =
    /requests_total|errors_total|bytes_total|temperature|queue|wild|latency_seconds|timestamp|\[\w+:/.test(expression);
  return hasFloats ? undefined : floatsPerHistogram;
}

/** The name of the first rule that leaves the query out. */
export function knownDifference(query: GeneratedQuery, ours: Answer, theirs: Answer): string | undefined {
  return rules.find((rule) => rule.applies(query, ours, theirs))?.name;
}
