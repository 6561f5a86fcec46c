// What stands below an `eval`: `expect` lines and the rows of the result.
import { compilePattern, emptyLabels, type Labels } from "@narthex/model";
import { parseFloatGo } from "@narthex/stdx";
import { scanString, unquote } from "../lex/string.js";
import { inLine, type NumberedLine, parseTime, ScriptError } from "./line.js";
import { LineScanner } from "./scanner.js";
import { parseSeriesDescription, type SequenceValue } from "./series-description.js";

/** One text of an error or annotation that must occur. */
export type TextExpectation =
  | { readonly kind: "any" }
  | { readonly kind: "message"; readonly text: string }
  | { readonly kind: "regex"; readonly text: string; readonly test: (text: string) => boolean };

/** One series of the result: one value, or one per step. A lone number is a scalar: a row without labels. */
export type ExpectedRow = {
  readonly line: number;
  readonly labels: Labels;
  readonly values: readonly SequenceValue[];
};

export type Expectations = {
  ordered: boolean;
  fail: TextExpectation | undefined;
  warn: TextExpectation[];
  info: TextExpectation[];
  noWarn: boolean;
  noInfo: boolean;
  string: string | undefined;
  /** An instant query that gives a range vector: times of its samples, in ms. */
  rangeVector: { readonly start: number; readonly end: number; readonly step: number } | undefined;
  readonly rows: ExpectedRow[];
};

/** `legacy` is the suffix of `eval_fail` and the like. */
export function parseExpectations(lines: readonly NumberedLine[], legacy: string | undefined): Expectations {
  const any: TextExpectation = { kind: "any" };
  const expectations: Expectations = {
    ordered: legacy === "ordered",
    fail: legacy === "fail" ? any : undefined,
    warn: legacy === "warn" ? [any] : [],
    info: legacy === "info" ? [any] : [],
    noWarn: false,
    noInfo: false,
    string: undefined,
    rangeVector: undefined,
    rows: [],
  };
  for (const line of lines) parseLine(expectations, line);
  return expectations;
}

const rangeForm = /^expect\s+range\s+vector\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)$/;
const stringForm = /^expect\s+string\s+(.+)$/;
const expectForm = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?$/;
const legacyForm = /^expected_fail_(message|regexp)\s+(.+)$/;

function parseLine(expectations: Expectations, line: NumberedLine): void {
  const { text } = line;
  const range = rangeForm.exec(text);
  const string = range ? null : stringForm.exec(text);
  const legacy = legacyForm.exec(text);
  if (range) {
    const [start, end, step] = range.slice(1).map((time) => parseTime(line, time)) as [number, number, number];
    expectations.rangeVector = { start, end, step };
  } else if (string) {
    expectations.string = inLine(line, () => stringLiteral(string[1] as string));
  } else if (legacy) {
    expectations.fail = textExpectation(line, legacy[1] === "regexp" ? "regex" : "msg", legacy[2]);
  } else if (/^expect\s/.test(text)) {
    parseExpectLine(expectations, line);
  } else {
    expectations.rows.push(parseRow(line));
  }
}

function stringLiteral(text: string): string {
  const scanner = new LineScanner(text);
  const value = scanner.string();
  if (value === undefined || !scanner.isAtEnd) throw scanner.error("expected a string");
  return value;
}

function parseExpectLine(expectations: Expectations, line: NumberedLine): void {
  const match = expectForm.exec(line.text);
  if (!match) throw new ScriptError(line.line, `invalid expect line ${JSON.stringify(line.text)}`);
  const expectation = textExpectation(line, match[2], match[3]);
  switch (match[1]) {
    case "ordered":
      expectations.ordered = true;
      return;
    case "fail":
      expectations.fail = expectation;
      return;
    case "warn":
      expectations.warn.push(expectation);
      return;
    case "info":
      expectations.info.push(expectation);
      return;
    case "no_warn":
      expectations.noWarn = true;
      return;
    case "no_info":
      expectations.noInfo = true;
      return;
  }
}

function textExpectation(line: NumberedLine, kind: string | undefined, raw: string | undefined): TextExpectation {
  if (kind === undefined) return { kind: "any" };
  const text = withoutQuotes((raw ?? "").trim());
  return kind === "msg" ? { kind: "message", text } : regexExpectation(line, text);
}

function regexExpectation({ line }: NumberedLine, text: string): TextExpectation {
  try {
    const pattern = compilePattern(text);
    return { kind: "regex", text, test: (value) => pattern.matcher(value).find() };
  } catch (error) {
    throw new ScriptError(line, (error as Error).message, { cause: error });
  }
}

// Quotes around the whole text are optional.
function withoutQuotes(text: string): string {
  if (!/^["'`]/.test(text)) return text;
  const end = scanString(text, 0);
  return "end" in end && end.end === text.length ? unquote(text) : text;
}

function parseRow(line: NumberedLine): ExpectedRow {
  const v = parseFloatGo(line.text);
  if (v !== undefined) return { line: line.line, labels: emptyLabels, values: [{ kind: "float", v }] };
  const { labels, values } = inLine(line, () => parseSeriesDescription(line.text));
  return { line: line.line, labels, values };
}
