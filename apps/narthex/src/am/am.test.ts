// `narthex am` against a running Alertmanager of ours, beside Debian's amtool 0.25.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { alertmanagerFlags, type RunningAlertmanager, startAlertmanager } from "@narthex/alertmanager";
import { createLogger, parseFlags } from "@narthex/service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasPeer, type Ran, runNarthex, runPeerAsync } from "../testing/run.js";

const corpora = process.env["CORPORA"] ?? fileURLToPath(new URL("../../../../../shared/corpora", import.meta.url));

const config = `route:
  receiver: d
  group_by: [alertname]
  routes:
  - {matchers: [severity="page"], receiver: pager, continue: true}
  - {matchers: [job=~"a|b"], receiver: team}
receivers: [{name: d}, {name: pager}, {name: team}]
`;

let folder: string;
let alertmanager: RunningAlertmanager;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "narthex-am-"));
  const file = join(folder, "am.yml");
  writeFileSync(file, config);
  const args = [`--config.file=${file}`, `--storage.path=${join(folder, "data")}`, "--web.listen-address=127.0.0.1:0"];
  const flags = parseFlags({ name: "alertmanager", description: "", table: alertmanagerFlags, args });
  alertmanager = await startAlertmanager({ flags, logger: createLogger({ level: "error", format: "logfmt" }) });
  url = alertmanager.urls[0] as string;
  await am(
    "alert",
    "add",
    "foo",
    "job=a",
    "severity=page",
    "--annotation=summary=hi there",
    "--generator-url=http://x/",
  );
  await am("alert", "add", "alertname=bar", 'job="b c"', "--start=2024-01-02T03:04:05Z");
  await am("silence", "add", "foo", "job=~a|b", "-c", "because", "-a", "me", "-d", "2h");
  await am("silence", "add", "alertname=baz", "-c", "over", "-a", "you");
  await am("silence", "expire", (await am("silence", "query", "-q", "--created-by=you")).stdout.trim());
});
afterAll(async () => {
  await alertmanager.close();
  rmSync(folder, { recursive: true });
});

function am(...args: readonly string[]): Promise<Ran> {
  return runNarthex("am", `--alertmanager.url=${url}`, ...args);
}

const readings: readonly (readonly string[])[] = [
  ["alert"],
  ["alert", "query", "-a", "-s"],
  ["alert", "query", "-o", "extended", "-s", "-a", "-i"],
  ["alert", "query", "bar"],
  ["alert", "query", "job=~b.*"],
  ["alert", "query", "nothing"],
  ["alert", "query", "-r", "pag.*", "-s"],
  ["silence"],
  ["silence", "query", "-q"],
  ["silence", "query", "--created-by=me", "foo"],
  ["silence", "query", "--created-by=nobody"],
  ["silence", "query", "--expired"],
  ["silence", "query", "--within=3h"],
  ["silence", "query", "--within=1h"],
  ["silence", "query", "-o", "extended"],
  ["cluster", "show"],
  ["config", "show"],
  ["config", "routes"],
  ["config", "routes", "test", "job=a", "severity=page"],
  ["config", "routes", "test", "job=c"],
  ["config", "routes", "test", "--tree", "job=a", "severity=page"],
  ["config", "routes", "test", "--verify.receivers=pager,team", "job=a", "severity=page"],
];

describe.skipIf(!hasPeer("amtool"))("am (amtool)", () => {
  it.each(readings.map((args) => [args]))("prints as amtool does: %j", async (args) => {
    expect(await am(...args)).toEqual(
      await runPeerAsync("amtool", [`--alertmanager.url=${url}`, "--no-version-check", ...args]),
    );
  });

  it.each([
    ["alert", "-s", "-a"],
    ["silence", "query"],
    ["config", "show"],
  ])("prints the same JSON: %s", async (...args) => {
    const ours = await am(...args, "-o", "json");
    const theirs = await runPeerAsync("amtool", [`--alertmanager.url=${url}`, ...args, "-o", "json"]);
    // amtool 0.25 drops what it does not know.
    expect(JSON.parse(ours.stdout)).toMatchObject(JSON.parse(theirs.stdout) as object);
  });

  const files = existsSync(join(corpora, "amtool")) ? readdirSync(join(corpora, "amtool")) : [];
  it.each(files)("checks %s as amtool does", async (name) => {
    const file = join(corpora, "amtool", name);
    const theirs = await runPeerAsync("amtool", ["check-config", file]);
    if (theirs.code === 0) expect((await am("check-config", file)).stdout).toBe(theirs.stdout);
    else await expect(am("check-config", file)).rejects.toThrow("failed to validate 1 file(s)");
  });

  it.each(["routing", "routing-reverted"])("routes by conf.%s.yml as amtool does", async (name) => {
    const file = join(corpora, "amtool", `conf.${name}.yml`);
    if (!existsSync(file)) return;
    for (const labels of [["test=1"], ["test=2"], ["test=3"], ["a=b", "test=1"]]) {
      const args = ["config", "routes", "test", `--config.file=${file}`, "--tree", ...labels];
      expect((await runNarthex("am", ...args)).stdout).toBe((await runPeerAsync("amtool", args)).stdout);
    }
  });
});

describe("am", () => {
  it("changes a silence", async () => {
    const id = (await am("silence", "query", "-q", "--created-by=me")).stdout.trim();
    const { stdout } = await am("silence", "update", id, "-d", "5h", "-c", "longer", "-q");
    expect(stdout.trim()).toBe(id);
    expect((await am("silence", "query", "--within=4h", "-q")).stdout).toBe("");
    expect((await am("silence", "query")).stdout).toContain("longer");
  });

  it("imports silences", async () => {
    const file = join(folder, "silences.json");
    const far = "2999-01-01T00:00:00Z";
    const matchers = [{ name: "a", value: "b", isRegex: false, isEqual: true }];
    writeFileSync(
      file,
      JSON.stringify([{ matchers, startsAt: far, endsAt: "2999-01-02T00:00:00Z", createdBy: "im", comment: "c" }]),
    );
    expect((await am("silence", "import", file)).code).toBe(0);
    expect((await am("silence", "query", "--created-by=im")).stdout).toContain('a="b"');
    writeFileSync(file, JSON.stringify([{ matchers: [], startsAt: far, endsAt: far, createdBy: "im", comment: "c" }]));
    await expect(am("silence", "import", file)).rejects.toThrow("couldn't import 1 out of 1 silences");
  });

  it("renders templates", async () => {
    const file = join(folder, "my.tmpl");
    writeFileSync(file, '{{ define "mine" }}{{ .Receiver | toUpper }} {{ len .Alerts.Firing }}{{ end }}');
    const args = ["template", "render", `--template.glob=${file}`, '--template.text={{ template "mine" . }}'];
    expect(await am(...args)).toEqual({ code: 0, stdout: "RECEIVER 1", stderr: "" });
    const data = join(folder, "data.json");
    writeFileSync(data, JSON.stringify({ receiver: "x", alerts: [{ status: "firing" }, { status: "firing" }] }));
    expect((await am(...args, `--template.data=${data}`)).stdout).toBe("X 2");
  });

  it.each([
    [["silence", "add", "-c", "x"], "no matchers specified"],
    [["silence", "add", "foo"], "comment required by config"],
    [["silence", "add", "foo", "-c", "x", "-d", "soon"], "--duration: not a valid duration"],
    [["silence", "add", "foo", "-c", "x", "--end=2001-01-01T00:00:00Z"], "silence cannot start after it ends"],
    [["silence", "expire"], "no silence IDs specified"],
    [["silence", "expire", "nope"], "[DELETE /silence/nope][4"],
    [["alert", "add"], "[POST /alerts][400]"],
    [["alert", "add", "foo", "--start=soon"], "--start: cannot parse"],
    [["alert", "-o", "xml"], "enum value must be one of simple,extended,json"],
  ])("refuses %j", async (args, message) => {
    await expect(am(...args)).rejects.toThrow(message);
  });
});
