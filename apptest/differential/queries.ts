// Random well-typed PromQL over the metrics of data.ts, in the language of Prometheus 2.42.
// Durations are whole multiples of ten seconds and evaluation times are not: see data.ts for why.
import type { Random } from "@narthex/stdx";

export type GeneratedQuery = {
  readonly expression: string;
  /** Seconds. */
  readonly start: number;
  readonly end: number;
  /** Seconds; 0 for an instant query at `start`. */
  readonly step: number;
  /** Whether samples are counted for each step: then series are read one by one, as they are for no other query. */
  readonly isCounted: boolean;
  /** The result has an order that is a part of the answer. */
  readonly isOrdered?: boolean;
};

// Steps of a subquery stand on the grid that windows of an inner subquery begin on: their bounds would meet, so none holds another.
type Source = {
  readonly random: Random;
  readonly start: number;
  readonly end: number;
  readonly isInSubquery?: boolean;
};

function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T;
}

const words = (text: string): string[] => text.split(" ");

const counters = words("requests_total bytes_total errors_total latency_seconds_count latency_seconds_sum");
const gauges = words("temperature queue wild");
const matchers = [
  "",
  "",
  "",
  '{job="api"}',
  '{job!="api"}',
  '{instance=~"[ab]:.*"}',
  '{zone!~"e.*|n"}',
  '{zone=""}',
  '{job=~"api|db",zone!=""}',
  '{instance=~".+:1"}',
  '{job="none"}',
  '{instance=~"(?i)A:[12]|c.*"}',
  '{instance=~"\\\\pL:\\\\d",zone!~"|west"}',
  '{instance!~"[^a].*"}',
  '{zone=~"|east",job!=""}',
];
/** Some are shorter than the time between two samples. */
const windows = words("10s 30s 1m 2m 5m 10m 1h 3h");
const counterFunctions = words("rate increase irate resets");
const gaugeFunctions = words("delta idelta deriv changes");
const windowFunctions = words(
  "sum_over_time avg_over_time min_over_time max_over_time count_over_time last_over_time stddev_over_time stdvar_over_time present_over_time absent_over_time",
);
const elementFunctions = words(
  "abs ceil floor exp ln log2 log10 sqrt sgn sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh deg rad round timestamp sort sort_desc minute hour day_of_week day_of_month day_of_year days_in_month month year absent",
);
const aggregators = words("sum avg min max count group stddev stdvar");
const groupings = ["", "", " by (job)", " by (job, zone)", " without (instance)", " without (job, zone)", " by (none)"];
const arithmetic = words("+ - * / % ^ atan2");
const comparisons = words("== != > < >= <=");
const scalars = words("0 1 2.5 -3 100 1e6 0.001 NaN Inf time() pi()");
/** Of errors_total, narrower and wider. */
const errorMatchers = ["", "", '{code=~"5.."}', '{code=~"5..",job="api"}', '{job="api"}', '{pod!="p1",code="500"}'];

function offsets(source: Source): string {
  const { random } = source;
  const at = pick(random, ["", "", "", "", " @ start()", " @ end()", ` @ ${source.start - 133}`]);
  return at + pick(random, ["", "", "", " offset 70s", " offset 10m", " offset -90s"]);
}

function selector(source: Source, names: readonly string[]): string {
  return pick(source.random, names) + pick(source.random, matchers);
}

function rangeCall(source: Source): string {
  const { random } = source;
  const window = `[${pick(random, windows)}]`;
  const over = (names: readonly string[]): string => `${selector(source, names)}${window}${offsets(source)}`;
  switch (Math.floor(random() * 7)) {
    case 0:
    case 1:
      return `${pick(random, counterFunctions)}(${over(counters)})`;
    case 5:
      return `double_exponential_smoothing(${over(gauges)}, ${pick(random, words("0.5 0.1 0.9"))}, ${pick(random, words("0.5 0.1 0.9"))})`;
    case 2:
      return `${pick(random, gaugeFunctions)}(${over(gauges)})`;
    case 3:
      return `quantile_over_time(${pick(random, words("0.5 0.9 0 1 -1 2 NaN"))}, ${over(gauges)})`;
    case 4:
      return `predict_linear(${over(["temperature", "queue"])}, ${pick(random, words("60 -300 3600"))})`;
    default:
      return `${pick(random, windowFunctions)}(${over([...counters, ...gauges])})`;
  }
}

function subqueryCall(source: Source, depth: number): string {
  const { random } = source;
  const call = pick(
    random,
    words("max_over_time min_over_time sum_over_time avg_over_time count_over_time last_over_time"),
  );
  const range = `[${pick(random, words("5m 10m 30m"))}:${pick(random, ["10s", "30s", "1m", "2m", "7m", ""])}]`;
  // Not of anything: counters have to stay far above zero (see data.ts), and differences of near-equal values are noise.
  if (random() < 0.15) return `rate((${selector(source, counters)}${offsets(source)})${range}${offsets(source)})`;
  if (random() < 0.1) return `delta((${selector(source, gauges)}${offsets(source)})${range}${offsets(source)})`;
  return `${call}((${vector({ ...source, isInSubquery: true }, depth - 1)})${range}${offsets(source)})`;
}

function aggregation(source: Source, depth: number): string {
  const { random } = source;
  const grouping = pick(random, groupings);
  const inner = vector(source, depth - 1);
  const chance = random();
  if (chance < 0.1) {
    const q = pick(random, ["0.5", "0.25", "0.99", "0", "1", "scalar(count(queue)) / 10", "time() % 1"]);
    return `quantile${grouping} (${q}, ${inner})`;
  }
  // Values become text there: only those that are sums of whole numbers in any system.
  if (chance < 0.15) return `count_values${grouping} ("value", count_over_time(${selector(source, gauges)}[5m]))`;
  // Ties are broken in any order: only over values that differ.
  if (chance < 0.25) {
    const distinct = pick(random, [selector(source, ["temperature", "bytes_total"]), "rate(latency_seconds_sum[5m])"]);
    const k = pick(random, ["1", "2", "3", "10", "0", "scalar(count(queue))", "time() / 60 % 4"]);
    return `${pick(random, ["topk", "bottomk"])}${grouping} (${k}, ${distinct})`;
  }
  return `${pick(random, aggregators)}${grouping} (${inner})`;
}

function binary(source: Source, depth: number): string {
  const { random } = source;
  const chance = random();
  const left = `(${vector(source, depth - 1)})`;
  if (chance < 0.3) {
    const scalar = pick(random, scalars);
    const operator = pick(random, [...arithmetic, ...comparisons.flatMap((one) => [one, `${one} bool`])]);
    return random() < 0.5 ? `${left} ${operator} ${scalar}` : `${scalar} ${operator} ${left}`;
  }
  if (chance < 0.45) {
    const on = pick(random, [
      "",
      " on (instance)",
      " ignoring (zone)",
      " on ()",
      " on (job)",
      " ignoring (instance, zone, pod)",
    ]);
    return `${left} ${pick(random, words("and or unless"))}${on} (${vector(source, depth - 1)})`;
  }
  if (chance < 0.6) {
    const metric = selector(source, [...counters, ...gauges]);
    return `${metric} ${pick(random, words("* / + -"))} on (job) group_left () (sum by (job) (${vector(source, depth - 1)}))`;
  }
  if (chance < 0.68) {
    return `(max by (instance, zone) (${vector(source, depth - 1)})) * on (instance) group_right (zone) (${selector(source, gauges)})`;
  }
  if (chance < 0.76) return join(source, depth);
  const matching = pick(random, ["", "", " ignoring (zone)", " on (instance)", " on (job, instance)"]);
  const operator = pick(random, [...arithmetic, ...comparisons, "> bool", "== bool"]);
  return `${left} ${operator}${matching} (${vector(source, depth - 1)})`;
}

/** Many to one, with labels of the one. */
function join(source: Source, depth: number): string {
  const { random } = source;
  const operator = pick(
    random,
    words("* / - > <= ==").flatMap((one) => [one, /[<>=]/.test(one) ? `${one} bool` : one]),
  );
  const owner = `label_replace(sum by (job) (${vector(source, depth - 1)}), "owner", "o-$1", "job", "(.*)")`;
  const many = pick(random, [`errors_total${pick(random, errorMatchers)}`, selector(source, gauges)]) + offsets(source);
  switch (Math.floor(random() * 4)) {
    case 0:
      return `${many} ${operator} on (job) group_left (owner) (${owner})`;
    case 1:
      return `(${owner}) ${operator} on (job) group_right (owner, absent) (${many})`;
    case 2:
      return `sum by (job, code, pod) (${many}) ${operator} ignoring (code, pod) group_left sum by (job) (${vector(source, depth - 1)})`;
    default:
      return `errors_total{code="500"} ${operator} ignoring (code) errors_total{code="404"}${offsets(source)}`;
  }
}

/** Selectors that differ in their matchers only, so that one has series of the other. */
function ratio(source: Source): string {
  const { random } = source;
  const name = pick(random, ["errors_total", "errors_total", "requests_total", "temperature"]);
  const functions = name === "temperature" ? windowFunctions : [...counterFunctions, ...windowFunctions];
  const call = pick(random, ["", ...functions]);
  const modifier = (call === "" ? "" : `[${pick(random, windows)}]`) + offsets(source);
  const leaf = (): string => {
    const selected = name + pick(random, name === "errors_total" ? errorMatchers : matchers) + modifier;
    return call === "" ? selected : `${call}(${selected})`;
  };
  const grouping = pick(random, ["", " by (job)", " by (job, pod)"]);
  const aggregator = pick(random, ["sum", "sum", "count", "max", "avg", "topk"]);
  if (aggregator !== "topk") {
    return `${aggregator}${grouping} (${leaf()}) ${pick(random, ["/", "-", "or", "unless", ">"])} sum${grouping} (${leaf()})`;
  }
  return `(${leaf()}) ${pick(random, ["and", "or", "unless", "-"])} (${leaf()})`;
}

const replacements = [
  `"host", "$1", "instance", "(.*):.*"`,
  `"x", "\${one}-$two-$3-$$-\${1}x", "instance", "(?P<one>[a-z]):(\\\\d)"`,
  `"x", "$1_y", "instance", "(.*):.*"`,
  `"x", "$0", "instance", "[a-b].*"`,
  `"zone", "", "job", "db|api"`,
  `"zone", "none", "zone", ""`,
  `"__name__", "renamed", "job", "api"`,
  `"job", "$1", "instance", ".*:(1|3)"`,
  `"x", "$1", "nosuch", "(|a)"`,
];
const joins = [
  `"place", "-", "job", "zone"`,
  `"zone", ","`,
  `"x", "", "job", "nosuch", "instance", "job"`,
  `"__name__", "_", "job", "zone"`,
];
const absentSelectors = [
  `nosuch{job="x",job="y",zone="e"}`,
  `nosuch{job!="x",job="y"}`,
  `nosuch{job="x",job!="y",a="b"}`,
  `nosuch{job="",zone=~"a|b",c="d"}`,
  `queue{job="none"}`,
];

function call(source: Source, depth: number): string {
  const { random } = source;
  const inner = vector(source, depth - 1);
  switch (Math.floor(random() * 9)) {
    case 6:
      return `round(${inner}, ${pick(random, words("0.1 10 1000"))})`;
    case 7:
      return `${pick(random, words("hour minute day_of_week days_in_month month year"))}() + ${pick(random, ["0", `on () group_left () (${inner})`])}`;
    case 0:
      return `clamp(${inner}, ${pick(random, scalars)}, ${pick(random, scalars)})`;
    case 1:
      return `${pick(random, ["clamp_max", "clamp_min"])}(${inner}, ${pick(random, scalars)})`;
    case 2:
      return `label_replace(${inner}, ${pick(random, replacements)})`;
    case 3:
      return `label_join(${inner}, ${pick(random, joins)})`;
    case 4:
      return `vector(${pick(random, ["1", "time()", `scalar(${inner})`])})`;
    case 5:
      if (random() < 0.5) return absence(source);
      return `${pick(random, elementFunctions)}(${inner})`;
    default:
      return `${pick(random, elementFunctions)}(${inner})`;
  }
}

function absence(source: Source): string {
  const selected = pick(source.random, absentSelectors);
  const range = pick(source.random, ["[5m]", "[5m:1m]"]);
  return pick(source.random, [
    `absent(${selected}${offsets(source)})`,
    `absent((${selected}))`,
    `absent(sum(${selected}))`,
    `absent_over_time(${selected}${range}${offsets(source)})`,
  ]);
}

/** Bounds of buckets: within one, 3 interpolates otherwise than 2.42. */
const fractionBounds = ["-Inf, 1", "0.5, 2", "-1, 1", "1, 0", "NaN, 1", "0.5, Inf"];

function nativeRate(source: Source): string {
  const { random } = source;
  const native = `latency_native${pick(random, matchers)}`;
  return `${pick(random, ["rate", "increase"])}(${native}[${pick(random, windows)}]${offsets(source)})`;
}

/** A whole query whose values are histograms: 2.42 takes them for zeros in most functions. */
function histogramValues(source: Source): string {
  const { random } = source;
  const rate = nativeRate(source);
  const native = `latency_native${pick(random, matchers)}${offsets(source)}`;
  return pick(random, [
    rate,
    native,
    `sum by (job) (${rate})`,
    `sum without (instance) (${native})`,
    `${native} + ${native}`,
    `latency_native[1m]`,
  ]);
}

function histogram(source: Source): string {
  const { random } = source;
  const rate = `rate(latency_seconds_bucket${pick(random, matchers)}[${pick(random, windows)}]${offsets(source)})`;
  const native = `latency_native${pick(random, matchers)}`;
  switch (Math.floor(random() * 8)) {
    case 6:
      return `histogram_fraction(${pick(random, fractionBounds)}, ${nativeRate(source)})`;
    case 7:
      return `${pick(random, words("count_over_time present_over_time"))}(${native}[${pick(random, windows)}]${offsets(source)})`;
    case 0:
      return `histogram_quantile(${pick(random, words("0.5 0.9 0.99 0 1 -1 2"))}, ${rate})`;
    case 1:
      return `histogram_quantile(0.9, sum by (le, ${pick(random, ["job", "zone"])}) (${rate}))`;
    case 2:
      return `histogram_count(${native}${offsets(source)})`;
    case 3:
      return `histogram_sum(rate(${native}[${pick(random, windows)}]${offsets(source)}))`;
    case 4:
      return `histogram_count(sum by (job) (rate(${native}[5m])))`;
    default:
      return `histogram_count(increase(${native}[10m])) / histogram_sum(increase(${native}[10m]))`;
  }
}

function vector(source: Source, depth: number): string {
  const { random } = source;
  if (depth <= 0) return selector(source, [...counters, ...gauges]) + offsets(source);
  const chance = random();
  if (chance < 0.06) return ratio(source);
  if (chance < 0.24) return rangeCall(source);
  if (chance < 0.36) return source.isInSubquery ? rangeCall(source) : subqueryCall(source, depth);
  if (chance < 0.58) return aggregation(source, depth);
  if (chance < 0.76) return binary(source, depth);
  if (chance < 0.88) return call(source, depth);
  if (chance < 0.96) return histogram(source);
  return `-(${vector(source, depth - 1)})`;
}

/** `start` and `end` of the data in seconds, both multiples of ten. */
export function generateQuery(random: Random, data: { readonly start: number; readonly end: number }): GeneratedQuery {
  const start = data.start + 10 * Math.floor((random() * (data.end - data.start)) / 10) - 900 + 7;
  const step = random() < 0.3 ? 0 : pick(random, [10, 10, 30, 60, 130, 600, 3600, 90_000]);
  // The last step need not stand on the end.
  const end = step === 0 ? start : start + step * Math.floor(random() * 40) + pick(random, [0, 0, step - 1]);
  const isCounted = random() < 0.3;
  const source = { random, start, end };
  const chance = random();
  if (chance < 0.03) return { expression: histogramValues(source), start, end, step, isCounted };
  if (chance < 0.05) return { expression: scalar(source, 3), start, end, step, isCounted };
  if (chance < 0.06) return { expression: rangeVector(source), start, end, step, isCounted };
  if (chance < 0.07) return { expression: ordered(source), start, end, step, isCounted, isOrdered: true };
  if (chance < 0.08) return { expression: pick(random, texts), start, end, step, isCounted };
  return { expression: vector(source, 1 + Math.floor(random() * 3)), start, end, step, isCounted };
}

const texts = [`"abc"`, `'a\\'b\\x41\\u00e9\\n'`, "`raw\\n`", `"\\101\\U0001F600"`, `""`];

/** A scalar by itself; what is compared gives a bool. */
function scalar(source: Source, depth: number): string {
  const { random } = source;
  if (depth === 0) {
    const one = `${pick(random, ["temperature", "queue"])}{instance="b:1"}${offsets(source)}`;
    return pick(random, [...scalars, "0x1F", "1e3", ".5", "017", "2", "7", `scalar(${one})`, "scalar(wild)"]);
  }
  const [left, right] = [scalar(source, depth - 1), scalar(source, depth - 1)];
  const chance = random();
  if (chance < 0.2) return `(${left})`;
  if (chance < 0.4) return `${pick(random, ["-", "+"])} ${left}`;
  if (chance < 0.6) return `${left} ${pick(random, comparisons)} bool ${right}`;
  return `${left} ${pick(random, words("+ - * / % ^"))} ${right}`;
}

/** Samples as they are. */
function rangeVector(source: Source): string {
  const { random } = source;
  const range =
    random() < 0.5
      ? `[${pick(random, windows)}]`
      : `[${pick(random, words("5m 10m"))}:${pick(random, words("1m 20s"))}]`;
  return `${selector(source, [...counters, ...gauges])}${range}${offsets(source)}`;
}

function ordered(source: Source): string {
  const distinct = selector(source, ["temperature", "bytes_total"]) + offsets(source);
  return pick(source.random, [
    `sort(${distinct})`,
    `sort_desc(${distinct})`,
    `topk(3, ${distinct})`,
    `bottomk(3, ${distinct})`,
    `sort(-(${distinct}))`,
  ]);
}
