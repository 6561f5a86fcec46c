// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are relabelling templates.
import { createHash } from "node:crypto";
import { randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { labelsFrom, labelsToRecord } from "./labels.js";
import { md5 } from "./md5.js";
import { explainRelabel, isLabelName, type RelabelSpec, relabel, relabelRuleFrom } from "./relabel.js";

type Case = readonly [
  title: string,
  input: Record<string, string>,
  rules: Partial<RelabelSpec>[],
  expected: Record<string, string> | undefined,
];

const abc = { a: "foo", b: "bar", c: "baz" };

const cases: Case[] = [
  [
    "replace writes the captured text",
    abc,
    [{ sourceLabels: ["a"], regex: "f(.*)", targetLabel: "d", replacement: "ch${1}-ch${1}" }],
    { ...abc, d: "choo-choo" },
  ],
  [
    "rules see what earlier rules wrote",
    abc,
    [
      { sourceLabels: ["a", "b"], regex: "f(.*);(.*)r", targetLabel: "a", replacement: "b${1}${2}m" },
      { sourceLabels: ["c", "a"], regex: "(b).*b(.*)ba(.*)", targetLabel: "d", replacement: "$1$2$2$3" },
    ],
    { a: "boobam", b: "bar", c: "baz", d: "boooom" },
  ],
  ["a regex is anchored at both ends", abc, [{ sourceLabels: ["a"], regex: "f", targetLabel: "d" }], abc],
  ["drop drops what matches", abc, [{ sourceLabels: ["a"], regex: ".*o.*", action: "drop" }], undefined],
  ["drop keeps what does not match", abc, [{ sourceLabels: ["a"], regex: "no-match", action: "drop" }], abc],
  ["keep keeps what matches", abc, [{ sourceLabels: ["a"], regex: "f|foo", action: "keep" }], abc],
  ["keep drops the rest", abc, [{ sourceLabels: ["a"], regex: "no-match", action: "keep" }], undefined],
  ["a missing source label counts as empty", abc, [{ sourceLabels: ["x"], regex: "", action: "keep" }], abc],
  ["an empty replacement removes the target", abc, [{ targetLabel: "a", replacement: "" }], { b: "bar", c: "baz" }],
  ["a literal replacement needs no source", abc, [{ targetLabel: "a", replacement: "x" }], { ...abc, a: "x" }],
  [
    "the target may be a template",
    { a: "name:value" },
    [{ sourceLabels: ["a"], regex: "(.+):(.+)", targetLabel: "${1}", replacement: "${2}" }],
    { a: "name:value", name: "value" },
  ],
  [
    "an empty target after expansion changes nothing",
    { a: "foo" },
    [{ sourceLabels: ["a"], regex: "(x)?foo", targetLabel: "$1", replacement: "y" }],
    { a: "foo" },
  ],
  [
    "a legacy scheme refuses other target names",
    { a: "some-name-value" },
    [{ sourceLabels: ["a"], regex: "some-([^-]+)-([^,]+)", targetLabel: "0${1}", nameScheme: "legacy" }],
    { a: "some-name-value" },
  ],
  [
    "UTF-8 target names are fine otherwise",
    { a: "x" },
    [{ sourceLabels: ["a"], targetLabel: "héllo.wörld" }],
    { a: "x", "héllo.wörld": "x" },
  ],
  [
    "named groups and unknown groups",
    { a: "x-y" },
    [{ sourceLabels: ["a"], regex: "(?P<left>.)-(.)", targetLabel: "b", replacement: "${left}$2x$9|$$|$" }],
    // "$2x" is the group named "2x", as in Go.
    { a: "x-y", b: "x|$|$" },
  ],
  ["a dot matches a newline", { a: "x\ny" }, [{ sourceLabels: ["a"], regex: "x.y", action: "keep" }], { a: "x\ny" }],
  [
    "hashmod is the tail of the MD5 sum",
    abc,
    [{ sourceLabels: ["c"], targetLabel: "d", action: "hashmod", modulus: 1000 }],
    { ...abc, d: "976" },
  ],
  [
    "labelmap copies under new names",
    { a: "foo", b1: "bar", b2: "baz" },
    [{ regex: "(b.*)", replacement: "bar_${1}", action: "labelmap" }],
    { a: "foo", b1: "bar", b2: "baz", bar_b1: "bar", bar_b2: "baz" },
  ],
  [
    "labelmap does not map its own results",
    { __meta_x: "1" },
    [{ regex: "__meta_(.+)", action: "labelmap" }],
    { __meta_x: "1", x: "1" },
  ],
  ["labeldrop", { a: "1", b1: "2" }, [{ regex: "b.*", action: "labeldrop" }], { a: "1" }],
  ["labelkeep", { a: "1", b1: "2" }, [{ regex: "b.*", action: "labelkeep" }], { b1: "2" }],
  [
    "lowercase and uppercase map character by character",
    { a: "ΑΣ ß İ" },
    [
      { sourceLabels: ["a"], targetLabel: "low", action: "lowercase" },
      { sourceLabels: ["a"], targetLabel: "up", action: "uppercase" },
    ],
    { a: "ΑΣ ß İ", low: "ασ ß i", up: "ΑΣ ß İ" },
  ],
  [
    "keepequal keeps",
    { a: "1", b: "1" },
    [{ sourceLabels: ["a"], targetLabel: "b", action: "keepequal" }],
    { a: "1", b: "1" },
  ],
  ["keepequal drops", { a: "1", b: "2" }, [{ sourceLabels: ["a"], targetLabel: "b", action: "keepequal" }], undefined],
  ["dropequal drops", { a: "1", b: "1" }, [{ sourceLabels: ["a"], targetLabel: "b", action: "dropequal" }], undefined],
  [
    "dropequal keeps",
    { a: "1", b: "2" },
    [{ sourceLabels: ["a"], targetLabel: "b", action: "dropequal" }],
    { a: "1", b: "2" },
  ],
];

test.each(cases)("%s", (_, input, rules, expected) => {
  const result = relabel(labelsFrom(input), rules.map(relabelRuleFrom));
  expect(result && labelsToRecord(result)).toEqual(expected);
});

test("the explanation ends at the rule that drops", () => {
  const rules = [
    { targetLabel: "d", replacement: "x" },
    { sourceLabels: ["d"], regex: "x", action: "drop" },
    { targetLabel: "e", replacement: "y" },
  ] satisfies Partial<RelabelSpec>[];
  const steps = explainRelabel(labelsFrom({ a: "1" }), rules.map(relabelRuleFrom));
  expect(steps.map(({ labels, isKept }) => [labelsToRecord(labels), isKept])).toEqual([
    [{ a: "1", d: "x" }, true],
    [{ a: "1", d: "x" }, false],
  ]);
});

test.each<[name: string, isUtf8: boolean, isLegacy: boolean]>([
  ["", false, false],
  ["a_1", true, true],
  ["1a", true, false],
  ["héllo.wörld 😀", true, false],
  ["a\ud83d", false, false],
])("label name %j", (name, isUtf8, isLegacy) => {
  expect([isLabelName(name, "utf8"), isLabelName(name, "legacy")]).toEqual([isUtf8, isLegacy]);
});

test("a bad regex is refused in Prometheus' words", () => {
  expect(() => relabelRuleFrom({ regex: "a(" })).toThrow(/error parsing regexp: missing closing \)/);
});

test("md5 agrees with the platform's at every length around a block", () => {
  const random = randomFrom(7);
  for (let length = 0; length < 200; length++) {
    const message = Uint8Array.from({ length }, () => Math.floor(random() * 256));
    expect(Buffer.from(md5(message)).toString("hex")).toBe(createHash("md5").update(message).digest("hex"));
  }
});
