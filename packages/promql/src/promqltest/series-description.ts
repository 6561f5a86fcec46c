// The notation of series in tests and in rule unit tests: values at one interval, `1+2x3 _ stale {{sum:1}}x2`.
// Numbers are decimal only: "0x3" is four zeros.
import type { Histogram, Labels } from "@narthex/model";
import { parseFloatGo } from "@narthex/stdx";
import { add, subtract } from "../histogram/arithmetic.js";
import { parseHistogramDescriptor } from "../histogram/descriptor.js";
import { scanMetric } from "./metric.js";
import { LineScanner } from "./scanner.js";

/** One step of a series: nothing, a stale marker, a float or a histogram. */
export type SequenceValue =
  | { readonly kind: "omitted" }
  | { readonly kind: "stale" }
  | { readonly kind: "float"; readonly v: number }
  /** `hasHint`: the counter reset hint was written and is to be compared. */
  | { readonly kind: "histogram"; readonly h: Histogram; readonly hasHint: boolean };

export type SeriesDescription = {
  readonly labels: Labels;
  readonly values: readonly SequenceValue[];
};

/** A notation like "1x1000000000" must not fill the memory. */
export const sequenceLengthMax = 1_000_000;

const number = String.raw`(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|(?:[iI][nN][fF]|[nN][aA][nN])(?![a-zA-Z0-9_:]))`;
const firstNumber = new RegExp(`[+-]?${number}`, "y");
const increment = new RegExp(`[+-]${number}`, "y");
const times = /x(\d+)/y;
const space = /\s+/y;
const histogramBody = /\{\{([^}]*)\}\}/y;

/** Reads `<metric> <values…>`; throws TestSyntaxError. */
export function parseSeriesDescription(line: string): SeriesDescription {
  const scanner = new LineScanner(line);
  scanner.skipSpace();
  const labels = scanMetric(scanner);
  if (!scanner.isAtEnd && !scanner.match(space)) throw scanner.error("unexpected text");
  return { labels, values: scanSequence(scanner) };
}

/** Reads a sequence alone, as rule unit tests have it in `values`; throws TestSyntaxError. */
export function parseSequence(text: string): SequenceValue[] {
  return scanSequence(new LineScanner(text));
}

function scanSequence(scanner: LineScanner): SequenceValue[] {
  const values: SequenceValue[] = [];
  scanner.skipSpace();
  while (!scanner.isAtEnd) {
    scanItem(scanner, values);
    if (values.length > sequenceLengthMax) throw scanner.error("series is too long");
    if (!scanner.match(space) && !scanner.isAtEnd) throw scanner.error("unexpected text");
  }
  return values;
}

function scanItem(scanner: LineScanner, values: SequenceValue[]): void {
  if (scanner.accept("_")) {
    repeat(values, { kind: "omitted" }, scanTimes(scanner) ?? 1);
  } else if (scanner.accept("stale")) {
    values.push({ kind: "stale" });
  } else if (scanner.text.startsWith("{{", scanner.at)) {
    scanHistograms(scanner, values);
  } else {
    scanFloats(scanner, values);
  }
}

function repeat(values: SequenceValue[], value: SequenceValue, count: number): void {
  for (let i = 0; i < count; i++) values.push(value);
}

function scanTimes(scanner: LineScanner): number | undefined {
  const match = scanner.match(times);
  if (!match) return undefined;
  const count = Number(match[1]);
  if (count > sequenceLengthMax) throw scanner.error("series is too long");
  return count;
}

function scanFloats(scanner: LineScanner, values: SequenceValue[]): void {
  const first = scanner.match(firstNumber);
  if (!first) throw scanner.error("expected a value");
  const step = scanner.match(increment);
  const count = scanTimes(scanner);
  if (step && count === undefined) throw scanner.error('expected "x"');
  const by = step ? numberFrom(scanner, step[0]) : 0;
  let v = numberFrom(scanner, first[0]);
  // One more than the number says: the value itself, then so many steps.
  for (let i = 0; i <= (count ?? 0); i++) {
    values.push({ kind: "float", v });
    v += by;
  }
}

function numberFrom(scanner: LineScanner, text: string): number {
  // The forms above are numbers.
  const value = parseFloatGo(text) as number;
  if (Math.abs(value) === Number.POSITIVE_INFINITY && !/inf/i.test(text)) {
    throw scanner.error(`${text} is out of range`);
  }
  return value;
}

function scanHistograms(scanner: LineScanner, values: SequenceValue[]): void {
  const base = scanHistogram(scanner);
  const sign = scanner.match(/[+-]/y)?.[0];
  const step = sign === undefined ? undefined : scanHistogram(scanner);
  const count = scanTimes(scanner);
  if (step && count === undefined) throw scanner.error('expected "x"');
  let value = base;
  values.push(value);
  for (let i = 0; i < (count ?? 0); i++) {
    if (step) value = combined(scanner, { value, step, sign });
    values.push(value);
  }
}

type HistogramValue = Extract<SequenceValue, { kind: "histogram" }>;

function scanHistogram(scanner: LineScanner): HistogramValue {
  const match = scanner.match(histogramBody);
  if (!match) throw scanner.error("expected a histogram");
  try {
    const { histogram, hasHint } = parseHistogramDescriptor(match[1] as string);
    return { kind: "histogram", h: histogram, hasHint };
  } catch (error) {
    throw scanner.error((error as Error).message);
  }
}

function combined(
  scanner: LineScanner,
  { value, step, sign }: { value: HistogramValue; step: HistogramValue; sign: string | undefined },
): HistogramValue {
  if (value.h.schema > step.h.schema) {
    throw scanner.error(`error combining histograms: cannot merge from schema ${step.h.schema} to ${value.h.schema}`);
  }
  const result = sign === "+" ? add(value.h, step.h) : subtract(value.h, step.h);
  if (!result) throw scanner.error("cannot combine exponential and custom buckets");
  return { kind: "histogram", h: result.histogram, hasHint: value.hasHint };
}
