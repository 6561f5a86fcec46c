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

/** Generated templates; on demand more, such as TEMPLATES=20000 SEED=7. */
const count = Number(process.env["TEMPLATES"] ?? 500);
const seed = Number(process.env["SEED"] ?? 20_240_203);
/** Of one pair of processes. */
const batchMax = 2000;

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
    "(query `vec` | sortByLabel `x` | first)",
    "(query `vec` | sortByLabel `x` | first | value)",
    "(query `1+1` | first).Value",
    "(index (query `vec * 2` | sortByLabel `x`) 1)",
    "(args 1 `b`)",
    "`vec`",
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
    "toLower",
    "safeHtml",
    "reReplaceAll `[a-z]+` `<$0>`",
    "match `^[a-z]`",
    "printf `%.2f`",
    "first",
    "label `x`",
    "value",
    "strvalue",
    "tableLink",
    "sortByLabel `y`",
    "args",
    "query",
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
  // Any other word is a metric that is not there.
  if (!answer && !/^[a-z]+$/.test(expression)) throw new Error("parse error");
  return answer ?? [];
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

const shortEscapes: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** A text as Go's strconv.Quote writes it. */
function unquote(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replace(
      /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/g,
      (_, x?: string, u?: string, long?: string, short = "") => {
        const code = x ?? u ?? long;
        return code === undefined ? (shortEscapes[short] ?? short) : String.fromCodePoint(Number.parseInt(code, 16));
      },
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
      // Differs: see docs/compatibility.md#templates, characters cut in two. Go shows inner pointers as addresses.
      const isElse = /slice.*(?:é|\\u00e9)/s.test(text) || /\b0xc0[0-9a-f]{8}/.test(peers[i] as string);
      // Since 3.x the value may be a histogram.
      const peer = (peers[i] as string).replaceAll("Value float64 }", "Value interface {} }");
      return ours === peer || isElse ? [] : [{ text, ours, promtool: peer }];
    });
    expect(differences).toEqual([]);
  }

  it("chosen by hand", () => {
    const file = readFileSync(new URL("../testdata/annotations.txt", import.meta.url), "utf8");
    compare(file.split("\n").filter((line) => line !== ""));
  });

  it(
    `generated, seed ${seed}`,
    () => {
      const random = randomFrom(seed);
      for (let rest = count; rest > 0; rest -= batchMax) {
        compare(Array.from({ length: Math.min(rest, batchMax) }, () => generateTemplate(random, words)));
      }
    },
    20_000 + 20 * count,
  );
});
