// `tool check` beside Debian's promtool 2.42 on the corpora: the same verdict for each file, but for what is listed.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ExpositionColumns, familiesFrom, lintFamilies, parseExposition } from "@narthex/formats";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasPeer, runNarthex, runPeer } from "../../testing/run.js";

const corpora = process.env["CORPORA"] ?? fileURLToPath(new URL("../../../../../../shared/corpora", import.meta.url));
const hasPromtool = hasPeer("promtool");

function filesOf(folder: string, pattern: RegExp): string[] {
  if (!existsSync(join(corpora, folder))) return [];
  const names = readdirSync(join(corpora, folder)).filter((name) => pattern.test(name));
  return names.sort().map((name) => join(corpora, folder, name));
}

/** Why 3.14 takes or refuses what 2.42 does not. */
const utf8 = "UTF-8 names are valid";
const expectedDifferences: Readonly<Record<string, string>> = {
  "legacy_validation_annotation.bad.yaml": utf8,
  "utf-8_annotation.good.yaml": utf8,
  "utf-8_lname.good.yaml": utf8,
  "rules_multi_doc.yaml": "a file is one document",
  "prometheus-aws-sd-empty-region.good.yml": "providers that 2.42 does not know, and a region that may be left out",
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "narthex-check-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What standard output says of each file. */
function reportsOf(stdout: string): Map<string, string> {
  const reports = stdout.split(/^Checking /m).slice(1);
  return new Map(reports.map((report) => [basename(report.split("\n", 1)[0] as string), report]));
}

function withoutPosition(text: string): string {
  return text.replace(/^.*?: (?=group "|groupname)/gm, "");
}

describe.skipIf(!hasPromtool || filesOf("rules", /./).length === 0)("check (promtool, corpora)", () => {
  const ruleFiles = [
    ...filesOf("rules", /yaml$/),
    ...filesOf("rule-files", /yaml$/),
    ...filesOf("promtool", /rules(?!_large).*\.yml$/),
  ];
  const configFiles = filesOf("promtool", /^(config|prometheus|auth|url|features)/);

  it.each([
    ["rules", ruleFiles],
    ["config", configFiles],
  ])("%s: the same verdicts", async (kind, files) => {
    // A config's rule files are reported after it.
    const known = new Set(files.map((file) => basename(file)).filter((name) => name in expectedDifferences));
    const theirs = reportsOf(runPeer("promtool", ["check", kind, ...files]).stdout);
    const ours = reportsOf((await runNarthex("tool", "check", kind, ...files)).stdout);
    expect([...ours.keys()]).toEqual([...theirs.keys()]);
    const different = [...ours.keys()].filter((name) => ours.get(name) !== theirs.get(name));
    expect(new Set(different)).toEqual(known);
  });

  it("says of a rule what promtool says", async () => {
    const files = ["bad_expr.bad.yaml", "duplicate_grp.bad.yaml", "record_and_alert.bad.yaml", "noexpr.bad.yaml"];
    for (const name of [...files, "record_and_for.bad.yaml", "test.yaml"]) {
      const file = join(corpora, "rule-files", name);
      const ours = await runNarthex("tool", "check", "rules", file);
      expect(withoutPosition(ours.stderr)).toBe(withoutPosition(runPeer("promtool", ["check", "rules", file]).stderr));
    }
  });
});

describe.skipIf(!hasPromtool)("check (promtool)", () => {
  it("lints metrics as promtool does", () => {
    const units = "bytes celsius meters seconds minutes fahrenheit miles bits calories feet".split(" ");
    const prefixes = ["", "pico", "milli", "kilo", "kibi", "mebi", "exa"];
    const suffixes = ["", "_total", "_count", "_sum", "_bucket", "_s", "_kb", "_d_x", "_percent"];
    const names = [
      ...units.flatMap((unit) => prefixes.flatMap((prefix) => [`a_${prefix}${unit}`, `a_${prefix}${unit}_b`])),
      "a:b",
      "aB_c",
    ].map((name) => ({ name, type: "untyped" }));
    for (const type of ["counter", "gauge", "untyped"]) {
      for (const suffix of suffixes) names.push({ name: `q${type}${suffix}`, type });
    }
    const body = names
      .map(
        ({ name, type }, i) => `${i % 2 ? `# HELP ${name} h\n` : ""}# TYPE ${name} ${type}\n${name}{le="1",aB="c"} 1\n`,
      )
      .join("");
    const columns = new ExpositionColumns();
    parseExposition(Buffer.from(body), "PrometheusText0.0.4", columns);
    const ours = lintFamilies(familiesFrom(columns)).map(({ metric, text }) => `${metric} ${text}\n`);
    const theirs = runPeer("promtool", ["check", "metrics"], body);
    expect(theirs.code).toBe(3);
    expect(ours.join("")).toBe(theirs.stderr);
  });

  it("shows discovered targets as promtool does", async () => {
    const file = join(folder, "sd.yml");
    writeFileSync(
      file,
      `scrape_configs:
- job_name: a
  params: {module: [http]}
  relabel_configs:
  - {source_labels: [__address__], target_label: copy}
  - {source_labels: [drop], regex: "yes", action: drop}
  static_configs:
  - {targets: ["x:1", "y:2"], labels: {l: "a<b&c"}}
  - {targets: ["z:3"], labels: {drop: "yes"}}
`,
    );
    const ours = await runNarthex("tool", "check", "service-discovery", file, "a");
    // Labels that 3.x has.
    const stdout = ours.stdout.replace(/ *"__\w+_histograms_\w*": .*\n/g, "");
    const theirs = runPeer("promtool", ["check", "service-discovery", file, "a", "--timeout=1s"]);
    expect(byAddress(stdout)).toHaveLength(3);
    expect({ ...ours, stdout: byAddress(stdout) }).toEqual({ ...theirs, stdout: byAddress(theirs.stdout) });
    expect((await runNarthex("tool", "check", "service-discovery", file, "b")).stderr).toBe(
      "Job b not found. Select one of:\n\ta\n",
    );
  });
});

// promtool shows target groups in the order of a Go map.
function byAddress(list: string): string[] {
  return (list.match(/^ {2}\{$[\s\S]*?^ {2}\}/gm) ?? []).sort();
}
