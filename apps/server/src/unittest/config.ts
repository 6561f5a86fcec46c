// Rule unit-test files, strictly and with positions. Comes from: disk. Goes to: unittest/run.
import { dirname, isAbsolute, join } from "node:path";
import { parseTimestamp, quote } from "@narthex/model";
import { type Decoder, d, parseYamlFile } from "@narthex/service";
import { expandGlob } from "../config/glob.js";

/** Fields are named as in the file; durations and times in ms. */
export type UnitTestFile = {
  /** Patterns, relative to the file's folder. */
  readonly rule_files: readonly string[];
  readonly evaluation_interval: number;
  readonly group_eval_order: readonly string[];
  readonly fuzzy_compare: boolean;
  readonly tests: readonly TestGroup[];
};

export type TestGroup = {
  readonly name: string;
  /** Between input samples; undefined: the evaluation interval. */
  readonly interval: number | undefined;
  readonly start_timestamp: number;
  readonly input_series: readonly InputSeriesText[];
  readonly alert_rule_test: readonly AlertTest[];
  readonly promql_expr_test: readonly ExpressionTest[];
  readonly external_labels: Readonly<Record<string, string>>;
  readonly external_url: string;
};

export type InputSeriesText = { readonly series: string; readonly values: string };

export type ExpectedAlert = {
  readonly exp_labels: Readonly<Record<string, string>>;
  readonly exp_annotations: Readonly<Record<string, string>>;
};

export type AlertTest = {
  readonly eval_time: number;
  readonly alertname: string;
  readonly exp_alerts: readonly ExpectedAlert[];
};

export type ExpectedSample = { readonly labels: string; readonly value: number; readonly histogram: string };

export type ExpressionTest = {
  readonly expr: string;
  readonly eval_time: number;
  readonly exp_samples: readonly ExpectedSample[];
};

const defaultIntervalMs = 60_000;

const text = d.withDefault(d.string, "");
const texts = d.withDefault(d.map(d.string), {});

const exponentForm = /^[-+]?(?:\d+\.?\d*|\.\d+)[eE][-+]?\d+$/;

// YAML 1.1 takes "1e-7", without a point, for text; Go's YAML takes it for a number.
const float: Decoder<number> = (node) => {
  const source = node.text() ?? "";
  return exponentForm.test(source) ? Number(source) : d.number(node);
};

const startTime: Decoder<number> = (node) => {
  const source = d.string(node);
  return parseTimestamp(source) ?? node.fail(`cannot parse ${quote(source)} to a valid timestamp`);
};

const inputSeries: Decoder<InputSeriesText> = d.object("main.series", { series: text, values: text });

const expectedAlert: Decoder<ExpectedAlert> = d.object("main.alert", { exp_labels: texts, exp_annotations: texts });

const alertTest: Decoder<AlertTest> = d.object("main.alertTestCase", {
  eval_time: d.withDefault(d.duration, 0),
  alertname: text,
  exp_alerts: d.withDefault(d.list(expectedAlert), []),
});

const expectedSample: Decoder<ExpectedSample> = d.object("main.sample", {
  labels: text,
  value: d.withDefault(float, 0),
  histogram: text,
});

const expressionTest: Decoder<ExpressionTest> = d.object("main.promqlTestCase", {
  expr: text,
  eval_time: d.withDefault(d.duration, 0),
  exp_samples: d.withDefault(d.list(expectedSample), []),
});

const testGroup: Decoder<TestGroup> = d.object("main.testGroup", {
  name: text,
  interval: d.optional(d.duration),
  start_timestamp: d.withDefault(startTime, 0),
  input_series: d.withDefault(d.list(inputSeries), []),
  alert_rule_test: d.withDefault(d.list(alertTest), []),
  promql_expr_test: d.withDefault(d.list(expressionTest), []),
  external_labels: texts,
  external_url: text,
});

const groupOrder: Decoder<readonly string[]> = (node) => {
  const names = d.list(d.string)(node);
  const repeated = names.find((name, i) => names.indexOf(name) < i);
  return repeated === undefined ? names : node.fail(`group name repeated in evaluation order: ${repeated}`);
};

const unitTestFile: Decoder<UnitTestFile> = d.object("main.unitTestFile", {
  rule_files: d.withDefault(d.list(d.string), []),
  evaluation_interval: d.withDefault(d.duration, defaultIntervalMs),
  group_eval_order: d.withDefault(groupOrder, []),
  fuzzy_compare: d.withDefault(d.boolean, false),
  tests: d.withDefault(d.list(testGroup), []),
});

/** Throws ConfigError with every mistake of the file. */
export function parseUnitTestFile(file: string, source: string): UnitTestFile {
  const decoded = parseYamlFile(file, source, unitTestFile);
  return { ...decoded, evaluation_interval: decoded.evaluation_interval || defaultIntervalMs };
}

/** The rule files that a unit-test file names; `warn` hears of patterns without a file. */
export function ruleFilesOf(file: string, patterns: readonly string[], warn: (text: string) => void): string[] {
  return patterns.flatMap((pattern) => {
    const path = isAbsolute(pattern) ? pattern : join(dirname(file), pattern);
    const found = expandGlob(path);
    if (found.length === 0) warn(`  WARNING: no file match pattern ${path}\n`);
    return found;
  });
}
