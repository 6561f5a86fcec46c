import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { SimClock } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { printJunit } from "./junit.js";
import { failuresOf, type RuleTestOptions, type RuleTestSuite, runRuleTests } from "./run.js";
import { engineFeaturesFrom } from "./simulation.js";

const testdata = fileURLToPath(new URL("./testdata", import.meta.url));
const corpus = `${process.env["CORPORA"] ?? new URL("../../../../../shared/corpora", import.meta.url).pathname}/promtool`;

async function run(path: string, options: Partial<RuleTestOptions> = {}): Promise<RuleTestSuite> {
  return runRuleTests(path, {
    warn: () => {},
    ignoreUnknownFields: false,
    features: engineFeaturesFrom(new Set()),
    clock: new SimClock(1_700_000_000_000),
    ...options,
  });
}

async function failures(file: string, options: Partial<RuleTestOptions> = {}): Promise<string[]> {
  return failuresOf(await run(`${testdata}/${file}`, options));
}

const only = (wanted: string): Partial<RuleTestOptions> => ({ isWanted: (name) => name === wanted });

describe("a unit-test file", () => {
  it("passes where alerts, samples, histograms and times are as expected", async () => {
    expect(await failures("good.yml")).toEqual([]);
    expect((await run(`${testdata}/good.yml`)).cases.map(({ name }) => name)).toEqual([
      "alerts",
      "values",
      "start timestamps",
    ]);
  });

  it("fails with what was expected and what came", async () => {
    expect(await failures("bad.yml", only("values"))).toEqual([
      '    expr: "x", time: 0s,\n        exp: {__name__="x"} 1.25E+01\n        got: {__name__="x"} 1E+00',
      '    expr: "x > 1", time: 1m,\n        exp: {__name__="x", a="b"} +Inf\n        got: nil',
      '    expr: "x[1m]", time: 0s, err: rule result is not a vector or scalar',
      '    expr: "x +", time: 0s, err: 1:4: parse error: unexpected end of input',
      '    expr: "x", time: 0s, err: labels "x{": expected a label name at the end',
      '    expr: "x * NaN", time: 0s,\n        exp: {} NaN\n        got: {} NaN',
    ]);
    expect(await failures("bad.yml", only("alerts"))).toEqual([
      `    name: alerts,
    alertname: None, time: 0s, 
        exp:[
            0:
              Labels:{alertname="None"}
              Annotations:{}
            ], 
        got:[]`,
      `    name: alerts,
    alertname: High, time: 2m, 
        exp:[
            0:
              Labels:{alertname="High", host="y"}
              Annotations:{}
            ], 
        got:[
            0:
              Labels:{alertname="High", host="x"}
              Annotations:{summary="x at 2, see "}
            ]`,
    ]);
  });

  it("fails where its input or its rules are wrong", async () => {
    expect(await failures("bad.yml", only(""))).toEqual(['input series "x{ 1": expected a label name at "1"']);
    expect(await failures("bad.yml", only("recorded twice"))).toEqual([
      "    rule: a, time: 0s, err: duplicate sample for timestamp",
    ]);
    expect(await failures("bad.yml", only("nameless"))).toEqual([
      "an item under alert_rule_test misses required attribute alertname at eval_time 1m (in TestGroup nameless)",
    ]);
  });

  it("fails as a whole, with every mistake's position, where it cannot be read", async () => {
    const file = `${testdata}/wrong.yml`;
    expect((await run(file)).error?.split("\n")).toEqual([
      `${file}:1:19: group name repeated in evaluation order: a`,
      `${file}:3:5: field promql_expr_tests not found in type main.testGroup; did you mean promql_expr_test?`,
      `${file}:4:22: cannot parse "soon" to a valid timestamp`,
    ]);
    expect((await run(`${testdata}/none.yml`)).error).toContain("cannot read unit-test file");
  });

  it("may name rule files by patterns, and pass over their unknown fields", async () => {
    const warnings: string[] = [];
    const warn = (text: string): void => void warnings.push(text);
    expect(await failures("extra-fields.yml", { ignoreUnknownFields: true, warn })).toEqual([]);
    expect(warnings).toEqual([`  WARNING: no file match pattern ${testdata}/none-*.yml\n`]);
    const [mistake] = await failures("extra-fields.yml");
    expect(mistake).toContain("folder/extra.yml:3:5: field owner not found in type rulefmt.RuleGroup");
  });

  it("can tell failures as differences", async () => {
    const [alert] = (await failures("bad.yml", { ...only("alerts"), diff: "plain" })).slice(1);
    expect(alert?.split("\n").slice(2)).toEqual([
      "        diff:",
      "            [",
      "            0:",
      '          -   Labels:{alertname="High", host="y"}',
      "          -   Annotations:{}",
      '          +   Labels:{alertname="High", host="x"}',
      '          +   Annotations:{summary="x at 2, see "}',
      "            ]",
    ]);
    const [sample] = await failures("bad.yml", { ...only("values"), diff: "colored" });
    expect(sample).toContain('\u001b[0;31m- {__name__="x"} 1.25E+01\u001b[0m');
  });

  it("dumps its data for debugging", async () => {
    const texts: string[] = [];
    await failures("good.yml", { ...only("start timestamps"), debug: (text) => void texts.push(text) });
    expect(texts.join("")).toBe(`DEBUG: Starting test start timestamps
DEBUG: Dump of all data (input_series and rules) at 1m1s:
{__name__="a"} =>
1 @[0]
1 @[60000]
{__name__="b"} =>
2 @[0]
2 @[60000]
{__name__="c"} =>
3 @[0]
3 @[60000]
{__name__="requests"} =>
10 @[0]
20 @[60000]
DEBUG: Test start timestamps finished, took 0s
`);
  });
});

describe("printJunit", () => {
  it("counts and escapes", async () => {
    const suites = [
      { ...(await run(`${testdata}/bad.yml`, only("nameless"))), file: "bad.yml" },
      { file: "none.yml", startedAt: 0, cases: [{ name: "<a>", failures: [] }], error: 'no "file"\n' },
    ];
    expect(printJunit(suites)).toBe(
      '<testsuites><testsuite name="bad.yml" tests="1" failures="1" errors="0" skipped="0" timestamp="2023-11-14T22:13:20">' +
        '<testcase name="nameless"><failure>an item under alert_rule_test misses required attribute alertname at ' +
        "eval_time 1m (in TestGroup nameless)</failure></testcase></testsuite>" +
        '<testsuite name="none.yml" tests="2" failures="0" errors="1" skipped="0" timestamp="1970-01-01T00:00:00">' +
        '<testcase name="&lt;a&gt;"></testcase><testcase name="unknown"><error>no &#34;file&#34;&#xA;</error></testcase>' +
        "</testsuite></testsuites>",
    );
  });
});

describe.skipIf(!existsSync(corpus))("promtool's own unit-test files (corpora)", () => {
  const cases: [file: string, failures: number, options?: Partial<RuleTestOptions>][] = [
    ["unittest.yml", 0],
    ["long-period.yml", 0],
    ["start-time-test.yml", 0],
    ["at-modifier-test.yml", 0],
    ["negative-offset-test.yml", 0],
    ["failing.yml", 4],
    ["no-test-group-interval.yml", 0],
    ["bad-input-series.yml", 1],
    ["bad-promql.yml", 1],
    ["bad-rules-error-test.yml", 1],
    ["bad-rules-syntax-test.yml", 1],
    ["rules_run.yml", 1],
    ["rules_run.yml", 0, { isWanted: (name) => name.startsWith("correct") }],
    ["rules_run.yml", 1, { isWanted: (name) => name.startsWith("wrong") }],
    ["rules_run_fuzzy.yml", 2],
    ["rules_run_fuzzy.yml", 0, { isWanted: (name) => name.startsWith("correct") }],
    ["rules_run_no_fuzzy.yml", 2],
    ["rules_run_extrafields.yml", 1],
    ["rules_run_extrafields.yml", 0, { ignoreUnknownFields: true }],
  ];
  it.each(cases)("%s has %i failures", async (file, count, options) => {
    const found = failuresOf(await run(`${corpus}/${file}`, options));
    expect(found.length, found.join("\n")).toBe(count);
  });
});

const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;

describe.skipIf(!hasPromtool || !existsSync(corpus))("promtool beside us (corpora, promtool)", () => {
  it.each(["failing.yml", "rules_run.yml"])("says the same of %s", async (file) => {
    const peer = spawnSync("promtool", ["test", "rules", file], { cwd: corpus, encoding: "utf8" });
    const ours = failuresOf(await run(`${corpus}/${file}`));
    expect(["  FAILED:", ...ours, ""].join("\n")).toBe(peer.stderr);
  });
});
