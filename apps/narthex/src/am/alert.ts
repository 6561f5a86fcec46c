// `narthex am alert query|add`.
import { booleanFlag, type FlagTable, stringFlag, stringsFlag } from "@narthex/service";
import type { Run } from "../command.js";
import { type ApiAlert, callApi } from "./api.js";
import { amFlags, matcherParserOf, parseAm, timeOf, withAlertName } from "./flags.js";
import { printJsonLine, printPairs, printTable, printTime } from "./print.js";

const queryTable = {
  ...amFlags,
  inhibited: booleanFlag(false, "Show inhibited alerts.", { short: "i" }),
  silenced: booleanFlag(false, "Show silenced alerts.", { short: "s" }),
  active: booleanFlag(false, "Show active alerts.", { short: "a" }),
  unprocessed: booleanFlag(false, "Show unprocessed alerts.", { short: "u" }),
  receiver: stringFlag("", "Show alerts matching receiver (regex).", { short: "r" }),
} satisfies FlagTable;

export const runAlertQuery: Run = async (line) => {
  const { flags, words } = parseAm(line, queryTable, "[<matcher-groups>...]");
  const { inhibited, silenced, unprocessed } = flags;
  // Active ones are meant where nothing is said.
  const active = flags.active || !(inhibited || silenced || unprocessed);
  const kinds = { active, inhibited, silenced, unprocessed };
  const parameters = new URLSearchParams();
  for (const [name, isWanted] of Object.entries(kinds)) parameters.set(name, String(isWanted));
  if (flags.receiver !== "") parameters.set("receiver", flags.receiver);
  for (const matcher of withAlertName(words)) parameters.append("filter", matcher);
  const alerts = await callApi<ApiAlert[]>(flags, "/alerts", { parameters });
  process.stdout.write(flags.output === "json" ? printJsonLine(alerts) : printAlerts(alerts, flags));
  return 0;
};

type Format = { readonly output: string; readonly "date.format": string };

function printAlerts(alerts: readonly ApiAlert[], { output, "date.format": layout }: Format): string {
  const sorted = [...alerts].sort((a, b) => Date.parse(a.startsAt) - Date.parse(b.startsAt));
  if (output === "simple") {
    const rows = sorted.map(({ labels, annotations, startsAt, status }) => [
      labels["alertname"] ?? "",
      printTime(startsAt, layout),
      annotations["summary"] ?? "",
      status.state,
    ]);
    return printTable([["Alertname", "Starts At", "Summary", "State"], ...rows]);
  }
  const rows = sorted.map(({ labels, annotations, startsAt, endsAt, generatorURL, status }) => [
    printPairs(labels),
    printPairs(annotations),
    printTime(startsAt, layout),
    printTime(endsAt, layout),
    generatorURL ?? "",
    status.state,
  ]);
  return printTable([["Labels", "Annotations", "Starts At", "Ends At", "Generator URL", "State"], ...rows]);
}

const addTable = {
  ...amFlags,
  "generator-url": stringFlag("", "Set the URL of the source that generated the alert."),
  start: stringFlag("", "Set when the alert should start. RFC 3339."),
  end: stringFlag("", "Set when the alert should end. RFC 3339."),
  annotation: stringsFlag([], "Set an annotation to be included with the alert: name=value."),
} satisfies FlagTable;

export const runAlertAdd: Run = async (line) => {
  const { flags, words } = parseAm(line, addTable, "[<labels>...]");
  const pairs = (texts: readonly string[]): Record<string, string> =>
    Object.fromEntries(
      texts.map((text) => matcherParserOf(flags).parseOne(text)).map(({ name, value }) => [name, value]),
    );
  const alert = {
    labels: pairs(withAlertName(words)),
    annotations: pairs(flags.annotation),
    ...(flags.start === "" ? {} : { startsAt: new Date(timeOf("start", flags.start)).toISOString() }),
    ...(flags.end === "" ? {} : { endsAt: new Date(timeOf("end", flags.end)).toISOString() }),
    ...(flags["generator-url"] === "" ? {} : { generatorURL: flags["generator-url"] }),
  };
  await callApi(flags, "/alerts", { method: "POST", body: [alert] });
  return 0;
};
