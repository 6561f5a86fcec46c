// `tool tsdb` on directories that promtool and we made, beside promtool.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labelsFrom } from "@narthex/model";
import { openTsdb } from "@narthex/tsdb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasPeer, type Ran, runNarthex, runPeer } from "../../testing/run.js";
import { serve } from "../../testing/server.js";

let folder: string;
let input: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "narthex-tsdb-"));
  input = join(folder, "in.om");
  writeFileSync(input, openMetrics());
});
afterAll(() => rmSync(folder, { recursive: true }));

const start = 1_700_000_000;

/** Some hours of two metrics, one series after the other; values of all kinds. */
function openMetrics(): string {
  const lines = ["# TYPE requests counter"];
  for (const code of ["200", "500"]) {
    for (const instance of ["a", "b\\\\c", 'd"'.replace('"', '\\"')]) {
      for (let i = 0; i < 200; i++) {
        lines.push(`requests_total{code="${code}",instance="${instance}"} ${(i * i) / 3} ${start + 60 * i}`);
      }
    }
  }
  lines.push("# TYPE level gauge");
  const values = ["1e6", "1e-7", "123456789", "-0", "NaN", "+Inf", "0.1", "1e21"];
  for (const [i, value] of values.entries()) lines.push(`level{x="${i % 3}"} ${value} ${start + 600 * i}.25`);
  return `${lines.join("\n")}\n# EOF\n`;
}

/** As of promtool 2.42, which needs a log folder and says "Series". */
function promtool(...args: readonly string[]): Ran {
  return runPeer("promtool", ["tsdb", ...args]);
}

function tool(...args: readonly string[]): Promise<Ran> {
  return runNarthex("tool", "tsdb", ...args);
}

async function madeByUs(name: string): Promise<string> {
  const directory = join(folder, name);
  if (!existsSync(directory)) {
    expect(await tool("create-blocks-from", "openmetrics", "-q", input, directory)).toMatchObject({
      code: 0,
      stdout: "",
    });
    mkdirSync(join(directory, "wal"));
  }
  return directory;
}

describe.skipIf(!hasPeer("promtool"))("tool tsdb (promtool)", () => {
  it("makes blocks with the same samples", async () => {
    const [theirs, ours] = [join(folder, "theirs"), await madeByUs("ours")];
    expect(promtool("create-blocks-from", "openmetrics", input, theirs)).toMatchObject({ code: 0 });
    mkdirSync(join(theirs, "wal"));
    const expected = promtool("dump", theirs);
    expect(expected.stdout.split("\n").length).toBe(1209);
    expect(promtool("dump", ours)).toEqual(expected);
    expect(await tool("dump", ours)).toEqual(expected);
    expect(await tool("dump", theirs)).toEqual(expected);
  });

  it("lists blocks as promtool does", async () => {
    const directory = await madeByUs("ours");
    expect(await tool("list", directory)).toEqual(promtool("list", directory));
    expect(await tool("list", "-r", directory)).toEqual(promtool("list", "-r", directory));
    expect((await tool("list", join(directory, "wal"))).stdout).toBe(promtool("list", join(directory, "wal")).stdout);
  });

  it("analyzes a block as promtool does, but for the order of equal counts", async () => {
    const directory = await madeByUs("ours");
    const sections = ({ stdout }: Ran): string[][] =>
      stdout
        .replace("Total Series:", "Series:")
        .split("\n\n")
        .map((section) => section.trim().split("\n").sort());
    expect(sections(await tool("analyze", directory))).toEqual(sections(promtool("analyze", directory)));
    expect(await tool("analyze", directory, "nope")).toMatchObject({ code: 1, stderr: "block nope not found\n" });
  });

  it("dumps a log with histograms and stale markers, and leaves the directory alone", async () => {
    const path = join(folder, "log");
    const tsdb = await openTsdb({ path, memorySnapshot: false });
    const appender = tsdb.appender();
    const now = Date.now();
    const ref = appender.series(labelsFrom({ __name__: "a", b: "c" }));
    for (let i = 0; i < 500; i++) {
      const columns = { count: 1, refs: Uint32Array.of(ref), t: Float64Array.of(now + i), v: Float64Array.of(i / 7) };
      appender.append({ ...columns, outcomes: new Uint8Array(1) });
    }
    appender.commit();
    await tsdb.close();
    const before = readdirSync(path, { recursive: true }).sort();
    const args = ["--match", '{b="c"}', `--min-time=${now + 100}`, `--max-time=${now + 105}`];
    const expected = promtool("dump", ...args, path);
    expect(expected.stdout.split("\n").length).toBe(7);
    expect(await tool("dump", ...args, path)).toEqual(expected);
    expect(readdirSync(path, { recursive: true }).sort()).toEqual(before);
  });
});

describe("tool tsdb", () => {
  it("dumps OpenMetrics that becomes the same samples again", async () => {
    const directory = await madeByUs("ours");
    const text = (await tool("dump-openmetrics", "--match=requests_total", directory)).stdout;
    expect(text).toContain('requests_total{code="200",instance="b\\\\c"} 0.3333333333333333 1700000060.000\n');
    writeFileSync(join(folder, "again.om"), text);
    await tool(
      "create-blocks-from",
      "openmetrics",
      "-q",
      "--label=team=x",
      join(folder, "again.om"),
      join(folder, "again"),
    );
    const again = (await tool("dump", join(folder, "again"))).stdout;
    expect(again.replaceAll(', team="x"', "")).toBe((await tool("dump", "--match=requests_total", directory)).stdout);
  });

  it("lists series as JSON", async () => {
    const { stdout } = await tool("dump", "--format=seriesjson", "--match=level", await madeByUs("ours"));
    expect(stdout).toBe([0, 1, 2].map((x) => `{"__name__":"level","x":"${x}"}\n`).join(""));
  });

  it.each([
    ["a 1\n# EOF\n", "expected timestamp for series a, got none"],
    ["a 1 1\na{ 1 2\n# EOF\n", "bad.om:2:"],
    ["a 1 1\n", "data does not end with # EOF"],
  ])("refuses %j and makes nothing", async (text, message) => {
    writeFileSync(join(folder, "bad.om"), text);
    const directory = join(folder, "bad");
    await expect(tool("create-blocks-from", "openmetrics", join(folder, "bad.om"), directory)).rejects.toThrow(message);
    expect(readdirSync(directory)).toEqual([]);
  });

  it("backfills recording rules from a server", async () => {
    const server = await serve(({ body }) => {
      const asked = new URLSearchParams(body.toString());
      const [from, until, step] = ["start", "end", "step"].map((name) => Number(asked.get(name))) as [
        number,
        number,
        number,
      ];
      const values = [];
      for (let t = from; t <= until; t += step) values.push([t, String(t)]);
      const result = [{ metric: { __name__: "up", job: "a" }, values }];
      return { body: JSON.stringify({ status: "success", data: { resultType: "matrix", result } }) };
    });
    const rules = join(folder, "rules.yml");
    writeFileSync(rules, "groups: [{name: g, rules: [{record: r, expr: up, labels: {x: y}}, {alert: A, expr: up}]}]");
    const directory = join(folder, "backfilled");
    const times = ["--start=36000", "--end=50400", "--eval-interval=1m"];
    try {
      const ran = await tool(
        "create-blocks-from",
        "rules",
        "-q",
        `--url=${server.url}`,
        ...times,
        `--output-dir=${directory}`,
        rules,
      );
      expect(ran).toMatchObject({ code: 0, stderr: "backfilling g, rule r\n" });
      const lines = (await tool("dump", directory)).stdout.trim().split("\n");
      expect(lines).toHaveLength(240);
      for (const line of lines) {
        const [, value, time] = /^\{__name__="r", job="a", x="y"\} ([\d.]+) (\d+)$/.exec(line) ?? [];
        expect(Math.round(1000 * Number(value))).toBe(Number(time));
      }
      expect(server.asked.map(({ body }) => new URLSearchParams(body.toString()).get("query"))).toEqual(["up", "up"]);
    } finally {
      server.close();
    }
  });

  it("measures writes", async () => {
    const out = join(folder, "bench");
    const { stdout } = await tool("bench", "write", "--metrics=50", "--scrapes=20", `--out=${out}`);
    expect(stdout).toContain(" > total samples: 1000\n");
  });
});
