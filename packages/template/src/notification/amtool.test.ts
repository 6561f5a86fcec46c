// The same texts through Debian's `amtool template render` and through ours: equal text, or both fail.
// amtool 0.25 is built with Go 1.19: what later versions added is tested elsewhere.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomFrom } from "@narthex/stdx";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TemplateError } from "../errors.js";
import { type GeneratorWords, generateTemplate } from "../testdata/generator.js";
import type { NotificationAlert, NotificationData } from "./data.js";
import { parseNotificationTemplates, renderHtml, renderText } from "./render.js";

const hasAmtool = spawnSync("amtool", ["--version"]).status === 0;
const failed = "(fails)";

/** Generated texts of each kind; on demand more, such as TEMPLATES=5000 SEED=7. */
const count = Number(process.env["TEMPLATES"] ?? 150);
const seed = Number(process.env["SEED"] ?? 20_240_204);
/** Texts that go to one process. */
const batchMax = 200;
const separator = "\u241e";

const firing: NotificationAlert = {
  status: "firing",
  labels: { alertname: "HighLoad", job: "node", severity: "page" },
  annotations: { summary: "Load is <high>", description: "d & e" },
  startsAtMs: Date.UTC(2024, 1, 3, 4, 5, 6, 789),
  endsAtMs: undefined,
  generatorUrl: "http://p/graph?g0.expr=x&g0.tab=1",
  fingerprint: "abc1",
};

const resolved: NotificationAlert = {
  ...firing,
  status: "resolved",
  labels: { alertname: "HighLoad", job: "db", severity: "page" },
  annotations: { summary: "S2" },
  endsAtMs: Date.UTC(2024, 1, 3, 5),
  fingerprint: "abc2",
};

const mixed: NotificationData = {
  receiver: "team x",
  status: "firing",
  alerts: [firing, resolved],
  groupLabels: { alertname: "HighLoad" },
  commonLabels: { alertname: "HighLoad", severity: "page" },
  commonAnnotations: {},
  externalUrl: "http://am:9093",
};

const situations: readonly NotificationData[] = [
  mixed,
  { ...mixed, alerts: [firing], groupLabels: mixed.commonLabels, commonAnnotations: { b: "B", a: "A" } },
  { ...mixed, alerts: [resolved], status: "resolved", commonAnnotations: { a: "A" } },
];

function printTime(ms: number | undefined): string {
  return ms === undefined ? "0001-01-01T00:00:00Z" : new Date(ms).toISOString();
}

function dataJson(data: NotificationData): string {
  const { externalUrl, ...others } = data;
  const alerts = data.alerts.map(({ startsAtMs, endsAtMs, generatorUrl, ...alert }) => ({
    ...alert,
    startsAt: printTime(startsAtMs),
    endsAt: printTime(endsAtMs),
    generatorURL: generatorUrl,
  }));
  return JSON.stringify({ ...others, alerts, externalURL: externalUrl });
}

const templates = parseNotificationTemplates();

function renderOurs(kind: "text" | "html", text: string, data: NotificationData): string {
  try {
    return (kind === "html" ? renderHtml : renderText)(templates, text, { data, timeMs: 0 });
  } catch (error) {
    if (error instanceof TemplateError) return failed;
    throw error;
  }
}

const glob = "/usr/share/prometheus/alertmanager/*.tmpl";

interface Batch {
  readonly kind: "text" | "html";
  readonly data: NotificationData;
  readonly folder: string;
}

function renderPeer(text: string, { kind, data, folder }: Batch): string {
  const path = join(folder, "data.json");
  writeFileSync(path, dataJson(data));
  const args = ["template", "render", `--template.glob=${glob}`, `--template.data=${path}`, `--template.type=${kind}`];
  const { status, stdout } = spawnSync("amtool", [...args, `--template.text=${text}`], { encoding: "utf8" });
  return status === 0 ? stdout : failed;
}

/** As few processes as there are failing texts: those that we render go together, then halves of what differs. */
function differences(texts: readonly string[], batch: Batch): { text: string; ours: string; amtool: string }[] {
  const ours = texts.map((text) => renderOurs(batch.kind, text, batch.data));
  const isWhole = !ours.includes(failed);
  if (texts.length > 1 && isWhole && renderPeer(texts.join(separator), batch) === ours.join(separator)) return [];
  if (texts.length === 1) {
    const [text, our] = [texts[0] as string, ours[0] as string];
    const amtool = renderPeer(text, batch);
    return our === amtool ? [] : [{ text, ours: our, amtool }];
  }
  const middle = texts.length >> 1;
  return [texts.slice(0, middle), texts.slice(middle)].flatMap((half) => differences(half, batch));
}

const words: GeneratorWords = {
  operands: [
    ".Status",
    ".Receiver",
    "(len .Alerts)",
    ".GroupLabels.alertname",
    ".CommonLabels.nope",
    ".CommonLabels.Names",
    "(index .Alerts.Firing 0).Annotations.summary",
    "(index .Alerts 0).Labels.job",
    ".ExternalURL",
  ],
  functions: ["toUpper", "toLower", "title", "print", "len", "not", "html", "urlquery", "safeHtml", "join `,`"],
  collections: [".Alerts", ".GroupLabels", ".CommonLabels.SortedPairs", ".CommonLabels.Names", ".CommonAnnotations"],
};

describe("texts as amtool renders them", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "narthex-template-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function compare(texts: readonly string[], batch: Omit<Batch, "folder">): void {
    if (!hasAmtool) {
      console.log("amtool is not installed: notifications are not compared with it");
      return;
    }
    expect(differences(texts, { ...batch, folder })).toEqual([]);
  }

  it.each(situations)("default templates, situation %#", (data) => {
    const own = readFileSync(new URL("../testdata/default-names.txt", import.meta.url), "utf8");
    const names = own.split("\n").filter((name) => name !== "");
    compare(
      names.map((name) => `{{ template "${name}" . }}`),
      { kind: "text", data },
    );
  });

  it.each(["text", "html"] as const)("chosen by hand, as %s", (kind) => {
    const file = readFileSync(new URL("../testdata/notifications.txt", import.meta.url), "utf8");
    compare(
      file.split("\n").filter((line) => line !== ""),
      { kind, data: mixed },
    );
  });

  it.each(["text", "html"] as const)(
    `generated, as %s, seed ${seed}`,
    (kind) => {
      const random = randomFrom(seed);
      const texts: string[] = [];
      while (texts.length < count) {
        const text = generateTemplate(random, words);
        const ours = renderOurs(kind, text, mixed);
        // Failing ones cost a process each: enough of them are in the list chosen by hand. Templates of one name clash;
        // characters that are cut in two are a difference of ours.
        // amtool 0.25 prints label sets as map[a:b] and gives their names no type of their own.
        const isLeftOut = ours === failed || /(?:alertname|summary)=|template\.(?:Strings|KV)/i.test(ours);
        const isElse = /define|block|%#v|%T|slice.*(?:é|\\u00e9)/s.test(text);
        if (!isLeftOut && !isElse) texts.push(text);
      }
      for (let at = 0; at < texts.length; at += batchMax)
        compare(texts.slice(at, at + batchMax), { kind, data: mixed });
    },
    20_000 + 40 * count,
  );
});
