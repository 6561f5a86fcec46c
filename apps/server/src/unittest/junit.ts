// Results of unit tests as JUnit XML, which continuous integration reads.
import type { RuleTestCase, RuleTestSuite } from "./run.js";

export function printJunit(suites: readonly RuleTestSuite[]): string {
  return `<testsuites>${suites.map(printSuite).join("")}</testsuites>`;
}

function printSuite({ file, startedAt, cases, error }: RuleTestSuite): string {
  const failureCount = cases.reduce((sum, one) => sum + one.failures.length, 0);
  // An error belongs to a case; one that precedes all cases gets a case of its own.
  const unknown = error === undefined ? "" : `<testcase name="unknown"><error>${escapeXml(error)}</error></testcase>`;
  const attributes = [
    ["name", file],
    ["tests", cases.length + (error === undefined ? 0 : 1)],
    ["failures", failureCount],
    ["errors", error === undefined ? 0 : 1],
    ["skipped", 0],
    ["timestamp", new Date(startedAt).toISOString().slice(0, 19)],
  ].map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`);
  return `<testsuite${attributes.join("")}>${cases.map(printCase).join("")}${unknown}</testsuite>`;
}

function printCase({ name, failures }: RuleTestCase): string {
  const elements = failures.map((failure) => `<failure>${escapeXml(failure)}</failure>`);
  return `<testcase name="${escapeXml(name)}">${elements.join("")}</testcase>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
  "\t": "&#x9;",
  "\n": "&#xA;",
  "\r": "&#xD;",
};

// XML has no way to write most control characters, nor halves of surrogate pairs.
function escapeXml(text: string): string {
  return text.replace(/[&<>"'\p{Cc}\p{Cs}\ufffe\uffff]/gu, (character) => entities[character] ?? "\ufffd");
}
