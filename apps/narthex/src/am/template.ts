// `narthex am template render`: a text with the given template files and data.
import { readFileSync } from "node:fs";
import { readTemplateFiles } from "@narthex/alertmanager";
import { type FlagTable, stringFlag, stringsFlag } from "@narthex/service";
import {
  type NotificationAlert,
  type NotificationData,
  parseNotificationTemplates,
  renderHtml,
  renderText,
} from "@narthex/template";
import type { Run } from "../command.js";
import { amFlags, parseAm } from "./flags.js";

const table = {
  ...amFlags,
  "template.glob": stringsFlag([], "Glob of paths that will be expanded and used for rendering.", { required: true }),
  "template.text": stringFlag("", "The template that will be rendered.", { required: true }),
  "template.type": stringFlag("text", "The type of the template: text or html.", { choices: ["text", "html"] }),
  "template.data": stringFlag("", "File with the data of the alerts in JSON; a sample alert by default."),
} satisfies FlagTable;

export const runTemplateRender: Run = async (line) => {
  const { flags } = parseAm(line, table, "");
  const templates = parseNotificationTemplates(readTemplateFiles(flags["template.glob"]));
  const data = flags["template.data"] === "" ? sampleData : dataFrom(readFileSync(flags["template.data"], "utf8"));
  const render = flags["template.type"] === "html" ? renderHtml : renderText;
  process.stdout.write(render(templates, flags["template.text"], { data, timeMs: Date.now() }));
  return 0;
};

type JsonAlert = Omit<NotificationAlert, "startsAtMs" | "endsAtMs" | "generatorUrl"> & {
  readonly startsAt?: string;
  readonly endsAt?: string;
  readonly generatorURL?: string;
};
type JsonData = Omit<NotificationData, "alerts" | "externalUrl"> & {
  readonly alerts?: readonly JsonAlert[];
  readonly externalURL?: string;
};

const emptyAlert = { labels: {}, annotations: {}, fingerprint: "" };

/** As Go's decoder does it, what is missing is empty. */
function dataFrom(text: string): NotificationData {
  const { alerts = [], externalURL = "", ...data } = JSON.parse(text) as Partial<JsonData>;
  const timeOf = (time: string | undefined): number | undefined =>
    time === undefined || time.startsWith("0001-01-01") ? undefined : Date.parse(time);
  return {
    receiver: "",
    status: "firing",
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    ...data,
    externalUrl: externalURL,
    alerts: alerts.map(({ startsAt, endsAt, generatorURL = "", ...alert }) => ({
      ...emptyAlert,
      ...alert,
      startsAtMs: timeOf(startsAt),
      endsAtMs: timeOf(endsAt),
      generatorUrl: generatorURL,
    })),
  };
}

const hourMs = 3_600_000;

function sampleAlert(status: "firing" | "resolved", n: number): NotificationAlert {
  const now = Date.now();
  return {
    status,
    labels: { label1: "value1", label2: `value${n}` },
    annotations: { annotation1: "value1", annotation2: `value${n}` },
    startsAtMs: now - 2 * hourMs,
    endsAtMs: status === "firing" ? now + hourMs : now - hourMs,
    generatorUrl: "https://generatorurl.com",
    fingerprint: `fingerprint${n}`,
  };
}

const sampleData: NotificationData = {
  receiver: "receiver",
  status: "firing",
  alerts: [sampleAlert("firing", 2), sampleAlert("resolved", 3)],
  groupLabels: {},
  commonLabels: { label1: "value1" },
  commonAnnotations: { annotation1: "value1" },
  externalUrl: "https://example.com",
};
