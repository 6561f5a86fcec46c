// Whether errors and annotations are those that a test expects.
import type { Expectations, TextExpectation } from "./expectation.js";

export type Annotations = { readonly warnings: readonly string[]; readonly infos: readonly string[] };

/** What is wrong, or undefined. */
export function compareAnnotations(actual: Annotations, expectations: Expectations): string | undefined {
  const { warn, noWarn, info, noInfo } = expectations;
  return (
    compareTexts(actual.warnings, { kind: "warning", expected: warn, none: noWarn }) ??
    compareTexts(actual.infos, { kind: "info", expected: info, none: noInfo })
  );
}

type Wanted = { readonly kind: string; readonly expected: readonly TextExpectation[]; readonly none: boolean };

// Every expectation must be met; once there is one, every annotation must be expected.
function compareTexts(actual: readonly string[], { kind, expected, none }: Wanted): string | undefined {
  if (none && actual.length > 0) return `expected no ${kind}, got ${JSON.stringify(actual)}`;
  const unmet = expected.find((expectation) => !actual.some((text) => isMet(expectation, text)));
  if (unmet) return `expected ${kind} ${printExpectation(unmet)}, got ${JSON.stringify(actual)}`;
  if (expected.length === 0) return undefined;
  const surplus = actual.find((text) => !expected.some((expectation) => isMet(expectation, text)));
  return surplus === undefined ? undefined : `unexpected ${kind} ${JSON.stringify(surplus)}`;
}

/** Undefined when the evaluation's error is the expected one. */
export function compareFailure(message: string, expected: TextExpectation): string | undefined {
  if (isMet(expected, message)) return undefined;
  return `expected failure ${printExpectation(expected)}, got ${JSON.stringify(message)}`;
}

function isMet(expectation: TextExpectation, text: string): boolean {
  switch (expectation.kind) {
    case "any":
      return true;
    case "message":
      return text === expectation.text;
    case "regex":
      return expectation.test(text);
  }
}

function printExpectation(expectation: TextExpectation): string {
  return expectation.kind === "any" ? "of any text" : `${expectation.kind} ${JSON.stringify(expectation.text)}`;
}
