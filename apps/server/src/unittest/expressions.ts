// promql_expr_test: compares an expression's result with the samples that a test expects.
import {
  compareLabels,
  emptyLabels,
  type Labels,
  labelsEqual,
  printDuration,
  printLabelSet,
  quote,
} from "@narthex/model";
import { parseSequence, parseSeriesDescription, printHistogramDescriptor } from "@narthex/promql";
import { errorText } from "@narthex/service";
import { vectorOf } from "../rules/rule.js";
import type { ExpectedSample, ExpressionTest } from "./config.js";
import { type DiffStyle, printDifference } from "./difference.js";
import { indentRest, printFloatE } from "./print.js";
import type { Simulation } from "./simulation.js";

type ShownSample = {
  readonly labels: Labels;
  readonly v: number;
  /** As its descriptor, the counter reset hint included; undefined for a float. */
  readonly histogram: string | undefined;
};

export type ExpressionOptions = {
  /** ms; evaluation times count from there. */
  readonly start: number;
  readonly isFuzzy: boolean;
  readonly diff: DiffStyle | undefined;
};

/** Undefined when the result is as expected, in whatever order. */
export function expressionFailure(
  test: ExpressionTest,
  { query }: Pick<Simulation, "query">,
  { start, isFuzzy, diff }: ExpressionOptions,
): string | undefined {
  const where = `    expr: ${quote(test.expr)}, time: ${printDuration(test.eval_time)},`;
  let actual: ShownSample[];
  let expected: ShownSample[];
  try {
    actual = vectorOf(query(test.expr, start + test.eval_time)).map(shownSample);
    expected = test.exp_samples.map(expectedSample);
  } catch (error) {
    return `${where} err: ${errorText(error)}`;
  }
  actual.sort((a, b) => compareLabels(a.labels, b.labels));
  expected.sort((a, b) => compareLabels(a.labels, b.labels));
  const valuesEqual = isFuzzy ? isWithinOneStep : isSame;
  const isEqual =
    expected.length === actual.length &&
    expected.every((one, i) => samplesEqual(one, actual[i] as ShownSample, valuesEqual));
  if (isEqual) return undefined;
  if (!diff)
    return `${where}\n        exp: ${printSamples(expected, ", ")}\n        got: ${printSamples(actual, ", ")}`;
  const difference = printDifference(printSamples(expected, "\n"), printSamples(actual, "\n"), diff);
  return `${where}\n        diff:\n          ${indentRest(difference, " ".repeat(10))}`;
}

function shownSample({ labels, v, h }: ReturnType<typeof vectorOf>[number]): ShownSample {
  return { labels, v, histogram: h && printHistogramDescriptor(h) };
}

function expectedSample({ labels, value, histogram }: ExpectedSample): ShownSample {
  try {
    return { labels: parseMetric(labels), v: value, histogram: histogram === "" ? undefined : normalized(histogram) };
  } catch (error) {
    throw new Error(`labels ${quote(labels)}: ${errorText(error)}`, { cause: error });
  }
}

function parseMetric(text: string): Labels {
  if (text.trim() === "") return emptyLabels;
  const { labels, values } = parseSeriesDescription(text);
  if (values.length > 0) throw new Error("unexpected values behind the labels");
  return labels;
}

function normalized(histogram: string): string {
  const [value, ...others] = parseSequence(histogram);
  if (!value || others.length > 0) throw new Error(`expected 1 value, got ${others.length + (value ? 1 : 0)}`);
  if (value.kind !== "histogram") throw new Error(`expected histogram, got ${histogram}`);
  return printHistogramDescriptor(value.h);
}

type ValuesEqual = (a: number, b: number) => boolean;

function samplesEqual(a: ShownSample, b: ShownSample, valuesEqual: ValuesEqual): boolean {
  if (!labelsEqual(a.labels, b.labels) || a.histogram !== b.histogram) return false;
  return a.histogram !== undefined || valuesEqual(a.v, b.v);
}

// Prometheus: promtool compares with ==, so no NaN is as expected; tests write `x != x` instead.
function isSame(a: number, b: number): boolean {
  return a === b;
}

/** Equal, or neighbours among the float64 values. */
function isWithinOneStep(a: number, b: number): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return false;
  const distance = floatRank(a) - floatRank(b);
  return distance >= -1n && distance <= 1n;
}

const scratch = new DataView(new ArrayBuffer(8));

/** The place of `v` among all float64 values; both zeros stand at 0. */
function floatRank(v: number): bigint {
  scratch.setFloat64(0, v);
  const bits = scratch.getBigInt64(0);
  return bits < 0n ? -(bits & 0x7fff_ffff_ffff_ffffn) : bits;
}

function printSamples(samples: readonly ShownSample[], separator: string): string {
  if (samples.length === 0) return "nil";
  return samples
    .map(({ labels, v, histogram }) => `${printLabelSet(labels)} ${histogram ?? printFloatE(v)}`)
    .join(separator);
}
