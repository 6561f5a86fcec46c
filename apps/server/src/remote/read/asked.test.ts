import { matcherFrom, printMatcher } from "@narthex/model";
import { expect, it } from "vitest";
import { askedQuery, type ReadRules } from "./asked.js";

const rules: ReadRules = { read_recent: true, required_matchers: {}, filter_external_labels: true };
const up = matcherFrom("=", "__name__", "up");
const external = { site: "x", zone: "far" };

type Case = {
  readonly rules?: Partial<ReadRules>;
  readonly localStart?: number;
  readonly range?: readonly [number, number];
};

/** `expected`: "start end {matchers} -dropped labels", or nothing where the remote is not asked. */
function check(
  matchers: readonly [name: string, type: "=" | "=~" | "!=", value: string][],
  expected: string,
  own: Case = {},
): void {
  const [start, end] = own.range ?? [100, 200];
  const selection = {
    matchers: [up, ...matchers.map(([name, type, value]) => matcherFrom(type, name, value))],
    start,
    end,
  };
  const surroundings = { externalLabels: external, localStart: own.localStart ?? 0 };
  const asked = askedQuery({ ...rules, ...own.rules }, selection, surroundings);
  const printed = asked?.query.matchers.map(({ type, name, value }) => printMatcher(matcherFrom(type, name, value)));
  const text =
    asked && `${asked.query.start} ${asked.query.end} {${printed?.join(",")}} -${asked.addedLabels.join(",")}`;
  expect(text ?? "").toBe(expected);
}

it("adds external labels that the user does not ask for, and takes them away from the result", () => {
  check([], '100 200 {__name__="up",site="x",zone="far"} -site,zone');
  check([["zone", "=", "near"]], '100 200 {__name__="up",zone="near",site="x"} -site');
  check(
    [
      ["site", "!=", ""],
      ["zone", "=~", ".*"],
    ],
    '100 200 {__name__="up",site!="",zone=~".*"} -',
  );
  check([], '100 200 {__name__="up"} -', { rules: { filter_external_labels: false } });
});

it("asks only where the required matchers are in the selection", () => {
  const required = { rules: { required_matchers: { a: "b", c: "" }, filter_external_labels: false } };
  check([["a", "=", "b"]], "", required);
  check(
    [
      ["a", "=~", "b"],
      ["c", "=", ""],
    ],
    "",
    required,
  );
  check(
    [
      ["c", "=", ""],
      ["a", "=", "b"],
    ],
    '100 200 {__name__="up",c="",a="b"} -',
    required,
  );
});

it("asks for what is older than the local storage, unless read_recent is set", () => {
  const of = (localStart: number, read_recent = false): Case => ({
    rules: { read_recent, filter_external_labels: false },
    localStart,
  });
  check([], "", of(99));
  check([], '100 100 {__name__="up"} -', of(100));
  check([], '100 150 {__name__="up"} -', of(150));
  check([], '100 200 {__name__="up"} -', of(300));
  check([], '100 200 {__name__="up"} -', of(99, true));
});
