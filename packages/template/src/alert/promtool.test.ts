// The same annotations through Debian's promtool and through ours: equal text, or both fail.
// promtool 2.42 is built with Go 1.19, so error texts are compared as failures only.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomFrom } from "@narthex/stdx";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TemplateError } from "../errors.js";
import type { QuerySample } from "../functions/prometheus.js";
import { type GeneratorWords, generateTemplate } from "../testdata/generator.js";
import { expandAlertTemplate, parseAlertTemplate } from "./expand.js";

const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;
const failed = "(fails)";

const words: GeneratorWords = {
  operands: [
    "$value",
    ".Value",
    "$labels.job",
    "$labels.instance",
    "$labels.nope",
    ".Labels",
    "$externalURL",
    ".",
    "nil",
  ],
  functions: [
    "humanize",
    "humanize1024",
    "humanizeDuration",
    "humanizePercentage",
    "humanizeTimestamp",
    "toUpper",
    "title",
    "stripPort",
    "stripDomain",
    "toTime",
    "print",
    "len",
    "not",
    "parseDuration",
    "graphLink",
    "html",
  ],
  collections: ["$labels", ".Labels", "query `vec` | sortByLabel `x`", "query `nope`", "$externalLabels"],
};

// Answers of promtool's storage at one minute, in the order of its engine.
const answers: ReadonlyMap<string, readonly QuerySample[]> = new Map([
  ["nope", []],
  ["1+1", [{ labels: {}, value: 2 }]],
  ["time()", [{ labels: {}, value: 60 }]],
  ["vec", vector(1, { __name__: "vec" })],
  ["vec * 2", vector(2, {})],
  ['vec{x="a"}', vector(1, { __name__: "vec" }).slice(0, 1)],
]);

function vector(factor: number, extra: Record<string, string>): QuerySample[] {
  return [
    { labels: { ...extra, x: "a", y: "2" }, value: 11 * factor },
    { labels: { ...extra, x: "b", y: "1" }, value: 22.5 * factor },
  ];
}

function queryAnswers(expression: string): readonly QuerySample[] {
  const answer = answers.get(expression);
  if (!answer) throw new Error("parse error");
  return answer;
}

function renderOurs(text: string): string {
  try {
    const labels = { __name__: "m", instance: "host.example.com:9100", job: "node" };
    const externalUrl = "http://prom.example/pre";
    const data = { labels, externalLabels: { region: "eu" }, externalUrl, value: 3 };
    const options = { query: queryAnswers, timeMs: 60_000, externalUrl };
    const { text: expanded, error } = expandAlertTemplate(parseAlertTemplate("A", text), data, options);
    return error ? failed : expanded;
  } catch (error) {
    if (error instanceof TemplateError) return failed;
    throw error;
  }
}

function promtool(...args: string[]): string {
  const { stdout, stderr } = spawnSync("promtool", args, { encoding: "utf8", maxBuffer: 1 << 28 });
  return stdout + stderr;
}

function ruleFile(folder: string, templates: readonly (readonly [number, string])[]): string {
  const path = join(folder, "rules.yml");
  const rules = templates.map(([i, text]) => ({ alert: `A${i}`, expr: "m > 0", annotations: { r: text } }));
  writeFileSync(path, JSON.stringify({ groups: [{ name: "g", rules }] }));
  return path;
}

/** Two processes for all: one says which do not parse, one expands the others. */
function renderPeers(folder: string, templates: readonly string[]): string[] {
  const numbered = templates.map((text, i) => [i, text] as const);
  const check = promtool("check", "rules", ruleFile(folder, numbered));
  const results = templates.map(() => failed);
  const broken = new Set([...check.matchAll(/, "A(\d+)": annotation "r":/g)].map((match) => Number(match[1])));
  const parsed = numbered.filter(([i]) => !broken.has(i));
  ruleFile(folder, parsed);
  const cases = parsed.map(([i]) => ({ alertname: `A${i}`, eval_time: "1m", exp_alerts: [] }));
  const test = {
    interval: "1m",
    external_labels: { region: "eu" },
    external_url: "http://prom.example/pre",
    input_series: [
      { series: 'm{instance="host.example.com:9100",job="node"}', values: "3 3 3" },
      { series: 'vec{x="a",y="2"}', values: "11 11 11" },
      { series: 'vec{x="b",y="1"}', values: "22.5 22.5 22.5" },
    ],
    alert_rule_test: cases,
  };
  const path = join(folder, "test.yml");
  writeFileSync(path, JSON.stringify({ rule_files: ["rules.yml"], evaluation_interval: "1m", tests: [test] }));
  for (const match of promtool("test", "rules", path).matchAll(/alertname="A(\d+)".*\n\s*Annotations:\{r=(".*")\}/g)) {
    const text = unquote(match[2] as string);
    results[Number(match[1])] = text.startsWith("<error expanding template") ? failed : text;
  }
  return results;
}

function unquote(quoted: string): string {
  const bytes = quoted
    .replace(/\\x([0-9a-f]{2})/g, "\\u00$1")
    .replace(/\\a/g, "\\u0007")
    .replace(/\\v/g, "\\u000b");
  return JSON.parse(
    bytes.replace(/\\U000([0-9a-f]{5})/g, (_, code: string) => String.fromCodePoint(parseInt(code, 16))),
  );
}

describe("annotations as promtool expands them", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "narthex-template-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function compare(templates: readonly string[]): void {
    if (!hasPromtool) {
      console.log("promtool is not installed: annotations are not compared with it");
      return;
    }
    const peers = renderPeers(folder, templates);
    const differences = templates.flatMap((text, i) => {
      const ours = renderOurs(text);
      return ours === peers[i] ? [] : [{ text, ours, promtool: peers[i] }];
    });
    expect(differences).toEqual([]);
  }

  it("chosen by hand", () => {
    const file = readFileSync(new URL("../testdata/annotations.txt", import.meta.url), "utf8");
    compare(file.split("\n").filter((line) => line !== ""));
  });

  it("generated", () => {
    const random = randomFrom(20_240_203);
    compare(Array.from({ length: 1500 }, () => generateTemplate(random, words)));
  });
});
