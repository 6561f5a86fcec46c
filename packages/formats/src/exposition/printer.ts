// Metric families → the text formats. The two formats print the same lines with other spellings, which a Dialect holds.
// Comes from: family.ts. Goes to: whoever scrapes us.
import { type Exemplar, isLegacyLabelName, isLegacyMetricName, type Labels, type MetricType } from "@narthex/model";
import { printFloatG } from "@narthex/stdx";
import { type EscapingScheme, escapeName } from "./escaping.js";
import type { HistogramMetric, MetricFamily, SummaryMetric, ValueFamily, ValueMetric } from "./family.js";
import type { ExpositionFormat } from "./format.js";
import { escapeQuoted, printFloatOpenMetrics } from "./labels.js";

/** A text format, and what to do with names that it cannot spell. */
export interface TextWire {
  readonly format: Exclude<ExpositionFormat, "PrometheusProto">;
  readonly escaping: EscapingScheme;
}

/** The whole body. For many series, print family by family with `printFamily` and end with `printEnd`. */
export function printExposition(families: Iterable<MetricFamily>, wire: TextWire): string {
  let text = "";
  for (const family of families) text += printFamily(family, wire);
  return text + printEnd(wire);
}

/** What a body ends with. */
export function printEnd(wire: TextWire): string {
  return isOpenMetrics(wire) ? "# EOF\n" : "";
}

export function printFamily(family: MetricFamily, wire: TextWire): string {
  const page = new Page(family, isOpenMetrics(wire) ? openMetrics : prometheusText, wire.escaping);
  switch (family.type) {
    case "summary":
      for (const metric of family.metrics) printSummary(page, metric);
      break;
    case "histogram":
    case "gaugehistogram":
      for (const metric of family.metrics) printHistogram(page, metric);
      break;
    default:
      for (const metric of family.metrics) printValue(page, family, metric);
  }
  return page.text;
}

function isOpenMetrics(wire: TextWire): boolean {
  return wire.format === "OpenMetricsText1.0.0" || wire.format === "OpenMetricsText0.0.1";
}

interface Dialect {
  readonly types: Readonly<Record<MetricType, string>>;
  /** Units, exemplars, start times, gauge histograms. */
  readonly isOpenMetrics: boolean;
  readonly familyName: (family: MetricFamily) => string;
  /** What a sample's name adds to the family's. */
  readonly valueSuffix: (family: ValueFamily) => string;
  readonly printNumber: (value: number) => string;
  readonly printTime: (t: number) => string;
  readonly escapeHelp: (help: string) => string;
}

const prometheusText: Dialect = {
  types: {
    counter: "counter",
    gauge: "gauge",
    histogram: "histogram",
    gaugehistogram: "histogram",
    summary: "summary",
    info: "gauge",
    stateset: "gauge",
    unknown: "untyped",
  },
  isOpenMetrics: false,
  familyName: (family) => family.name,
  valueSuffix: () => "",
  printNumber: printFloatG,
  printTime: (t) => String(Math.trunc(t)),
  escapeHelp: (help) => help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n"),
};

const openMetrics: Dialect = {
  types: {
    counter: "counter",
    gauge: "gauge",
    histogram: "histogram",
    gaugehistogram: "gaugehistogram",
    summary: "summary",
    info: "info",
    stateset: "stateset",
    unknown: "unknown",
  },
  isOpenMetrics: true,
  familyName: (family) => {
    const suffix = family.type === "counter" ? "_total" : family.type === "info" ? "_info" : "";
    return suffix !== "" && family.name.endsWith(suffix) ? family.name.slice(0, -suffix.length) : family.name;
  },
  valueSuffix: (family) => (family.type === "counter" ? "_total" : family.type === "info" ? "_info" : ""),
  printNumber: printFloatOpenMetrics,
  printTime: (t) => printFloatOpenMetrics(t / 1000),
  escapeHelp: (help) => escapeQuoted(help),
};

interface Line {
  readonly suffix: string;
  readonly labels: Labels;
  /** `le="0.5"`, printed after the labels. */
  readonly bound?: string;
  readonly number: string;
  readonly t?: number | undefined;
  readonly exemplar?: Exemplar | undefined;
}

/** One family's text while it is written. */
class Page {
  text: string;
  readonly family: MetricFamily;
  readonly dialect: Dialect;
  readonly #escaping: EscapingScheme;
  readonly #name: string;
  readonly #isLegacy: boolean;
  readonly #labelNames: Map<string, string> = new Map();

  constructor(family: MetricFamily, dialect: Dialect, escaping: EscapingScheme) {
    this.family = family;
    this.dialect = dialect;
    this.#escaping = escaping;
    this.#name = escapeName(dialect.familyName(family), escaping);
    this.#isLegacy = isLegacyMetricName(this.#name);
    this.text = this.#head();
  }

  #head(): string {
    const { family, dialect } = this;
    const name = this.#isLegacy ? this.#name : `"${escapeQuoted(this.#name)}"`;
    let head = family.help === undefined ? "" : `# HELP ${name} ${dialect.escapeHelp(family.help)}\n`;
    head += `# TYPE ${name} ${dialect.types[family.type]}\n`;
    // A unit that is not the name's ending would make readers refuse the whole body.
    const hasUnit = dialect.isOpenMetrics && family.unit && this.#name.endsWith(`_${family.unit}`);
    return hasUnit ? `${head}# UNIT ${name} ${family.unit}\n` : head;
  }

  line(line: Line): void {
    const time = line.t === undefined ? "" : ` ${this.dialect.printTime(line.t)}`;
    this.text += `${this.#key(line)} ${line.number}${time}${this.#exemplar(line.exemplar)}\n`;
  }

  #key({ suffix, labels, bound }: Line): string {
    const pairs = this.#pairs(labels);
    const inside = bound === undefined ? pairs : pairs === "" ? bound : `${pairs},${bound}`;
    if (this.#isLegacy) return inside === "" ? this.#name + suffix : `${this.#name}${suffix}{${inside}}`;
    return `{"${escapeQuoted(this.#name + suffix)}"${inside === "" ? "" : ","}${inside}}`;
  }

  #pairs(labels: Labels): string {
    let text = "";
    for (let i = 0; i < labels.length; i += 2) {
      const lead = i === 0 ? "" : ",";
      text += `${lead}${this.#labelName(labels[i] as string)}="${escapeQuoted(labels[i + 1] as string)}"`;
    }
    return text;
  }

  // A family's series share their label names, so each is checked and spelled once.
  #labelName(name: string): string {
    let printed = this.#labelNames.get(name);
    if (printed === undefined) {
      const escaped = escapeName(name, this.#escaping);
      printed = isLegacyLabelName(escaped) ? escaped : `"${escapeQuoted(escaped)}"`;
      this.#labelNames.set(name, printed);
    }
    return printed;
  }

  #exemplar(exemplar: Exemplar | undefined): string {
    if (exemplar === undefined || !this.dialect.isOpenMetrics) return "";
    const time = exemplar.t === undefined ? "" : ` ${this.dialect.printTime(exemplar.t)}`;
    return ` # {${this.#pairs(exemplar.labels)}} ${this.dialect.printNumber(exemplar.v)}${time}`;
  }

  startTime(labels: Labels, startTime: number | undefined): void {
    if (startTime === undefined || !this.dialect.isOpenMetrics) return;
    this.line({ suffix: "_created", labels, number: this.dialect.printTime(startTime) });
  }
}

function printValue(page: Page, family: ValueFamily, metric: ValueMetric): void {
  const { labels, t } = metric;
  const number = page.dialect.printNumber(metric.v);
  const exemplar = family.type === "counter" ? metric.exemplar : undefined;
  page.line({ suffix: page.dialect.valueSuffix(family), labels, number, t, exemplar });
  if (family.type === "counter") page.startTime(labels, metric.startTime);
}

function printSummary(page: Page, metric: SummaryMetric): void {
  const { labels, t } = metric;
  const { printNumber } = page.dialect;
  for (const { quantile, v } of metric.quantiles) {
    page.line({ suffix: "", labels, bound: `quantile="${printNumber(quantile)}"`, number: printNumber(v), t });
  }
  page.line({ suffix: "_sum", labels, number: printNumber(metric.sum), t });
  page.line({ suffix: "_count", labels, number: printCount(metric.count), t });
  page.startTime(labels, metric.startTime);
}

function printHistogram(page: Page, metric: HistogramMetric): void {
  const { labels, t } = metric;
  const { printNumber } = page.dialect;
  for (const bucket of metric.buckets) {
    const bound = `le="${printNumber(bucket.upperBound)}"`;
    const number = printCount(bucket.cumulativeCount);
    page.line({ suffix: "_bucket", labels, bound, number, t, exemplar: bucket.exemplar });
  }
  if (metric.buckets.at(-1)?.upperBound !== Infinity) {
    page.line({ suffix: "_bucket", labels, bound: 'le="+Inf"', number: printCount(metric.count), t });
  }
  const isGauge = page.family.type === "gaugehistogram" && page.dialect.isOpenMetrics;
  page.line({ suffix: isGauge ? "_gsum" : "_sum", labels, number: printNumber(metric.sum), t });
  page.line({ suffix: isGauge ? "_gcount" : "_count", labels, number: printCount(metric.count), t });
  page.startTime(labels, metric.startTime);
}

// Counts are whole, in both formats; a float only where a histogram of floats came from elsewhere.
function printCount(count: number): string {
  return Number.isSafeInteger(count) ? String(count) : printFloatG(count);
}
