import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runNarthex } from "../../testing/run.js";
import { serve } from "../../testing/server.js";

const start = 1_700_000_040;
let folder: string;
let rules: string;
let data: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "narthex-backtest-"));
  data = join(folder, "data");
  rules = join(folder, "rules.yml");
  // Down from minute 10 to minute 19, for a moment at minute 40.
  const up = Array.from(
    { length: 60 },
    (_, i) => `up{job="a"} ${(i >= 10 && i < 20) || i === 40 ? 0 : 1} ${start + 60 * i}\n`,
  );
  writeFileSync(join(folder, "in.om"), `${up.join("")}# EOF\n`);
  await runNarthex("tool", "tsdb", "create-blocks-from", "openmetrics", "-q", join(folder, "in.om"), data);
  writeFileSync(
    rules,
    `groups:
- name: g
  rules:
  - {record: "job:up", expr: "sum by (job) (up)"}
  - alert: Down
    expr: job:up == 0
    for: 2m
    labels: {severity: page}
    annotations: {summary: "{{ $labels.job }} is down at {{ $externalLabels.dc }}"}
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

function backtest(...flags: readonly string[]) {
  return runNarthex("tool", "rules", "backtest", `--start=${start}`, `--end=${start + 3540}`, ...flags, rules);
}

it("tells alerts that fired, for people", async () => {
  const ran = await backtest(`--data=${data}`, "--external-label=dc=x");
  expect(ran).toEqual({
    code: 0,
    stdout: `Down{job="a", severity="page"} (group g)
  pending   2023-11-14T22:24:00Z
  firing    2023-11-14T22:26:00Z  value 0
  resolved  2023-11-14T22:34:00Z  after 8m
  summary: a is down at x

1 alerts fired, of 1 of 1 alerting rules; 120 evaluations
`,
    stderr: "",
  });
});

it("tells all of them as JSON", async () => {
  const { stdout } = await backtest(`--data=${data}`, "-o", "json", "--pending");
  expect(JSON.parse(stdout)).toMatchObject({
    alerts: [
      { alert: "Down", labels: { job: "a", severity: "page" }, firedAt: "2023-11-14T22:26:00.000Z", value: 0 },
      { activeAt: "2023-11-14T22:54:00.000Z", firedAt: null, endedAt: "2023-11-14T22:55:00.000Z" },
    ],
    errors: [],
  });
});

it("asks a server for what rules read of stored data", async () => {
  const server = await serve(({ body }) => {
    const asked = new URLSearchParams(body.toString());
    const values = [];
    for (let t = Number(asked.get("start")); t <= Number(asked.get("end")); t += 60) {
      values.push([t, t - start >= 600 && t - start < 1200 ? "0" : "1"]);
    }
    const result = [{ metric: { job: "a" }, values }];
    return { body: JSON.stringify({ status: "success", data: { resultType: "matrix", result } }) };
  });
  try {
    const ran = await backtest(`--url=${server.url}`);
    expect(ran.stdout).toContain("firing    2023-11-14T22:26:00Z");
    expect(ran.stdout).toContain("resolved  2023-11-14T22:34:00Z");
    const asked = server.asked.map(({ body }) => new URLSearchParams(body.toString()).get("query"));
    expect(new Set(asked)).toEqual(new Set(["sum by (job) (up)"]));
  } finally {
    server.close();
  }
});

it("fails where a rule does", async () => {
  writeFileSync(join(folder, "bad.yml"), "groups: [{name: g, rules: [{record: r, expr: 'up + on () down'}]}]");
  const server = await serve(() => ({
    status: 422,
    body: JSON.stringify({ status: "error", errorType: "execution", error: "no" }),
  }));
  try {
    const flags = [`--url=${server.url}`, `--start=${start}`, `--end=${start + 60}`];
    const ran = await runNarthex("tool", "rules", "backtest", ...flags, join(folder, "bad.yml"));
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("group g, rule r: the server gave no answer\n");
  } finally {
    server.close();
  }
});
