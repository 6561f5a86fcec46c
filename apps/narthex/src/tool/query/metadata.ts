// `narthex tool query series|labels`: which series and label values a server has.
import { labelsFrom, printLabelSet } from "@narthex/model";
import { type FlagTable, parseCommandLine, stringFlag, stringsFlag } from "@narthex/service";
import type { Run } from "../../command.js";
import { serverUrl } from "../server-client.js";
import { askApi, queryFlags } from "./client.js";
import { secondsOf } from "./query.js";

const timeFlags = {
  ...queryFlags,
  start: stringFlag("", "Start time (RFC3339 or Unix timestamp); long ago by default."),
  end: stringFlag("", "End time (RFC3339 or Unix timestamp); far ahead by default."),
} satisfies FlagTable;

const seriesFlags = {
  ...timeFlags,
  match: stringsFlag([], "Series selector. Can be specified multiple times.", { required: true }),
} satisfies FlagTable;

const labelsFlags = {
  ...timeFlags,
  match: stringsFlag([], "Series selector. Can be specified multiple times."),
} satisfies FlagTable;

/** Either side of now, where no time is given. */
const rangeSeconds = 9999 * 3600;

function parametersOf(flags: {
  readonly start: string;
  readonly end: string;
  readonly match: readonly string[];
}): URLSearchParams {
  const now = Date.now() / 1000;
  const start = flags.start === "" ? now - rangeSeconds : secondsOf("start", flags.start);
  const end = flags.end === "" ? now + rangeSeconds : secondsOf("end", flags.end);
  const parameters = new URLSearchParams({ start: String(start), end: String(end) });
  for (const selector of flags.match) parameters.append("match[]", selector);
  return parameters;
}

export const runQuerySeries: Run = async ({ name, summary, args }) => {
  const request = { name: `narthex ${name}`, description: summary, table: seriesFlags, args };
  const { flags, words } = parseCommandLine({ ...request, words: "<server>" });
  const found = await askApi<readonly Record<string, string>[]>({
    url: `${serverUrl(words[0] as string)}/api/v1/series`,
    method: "POST",
    parameters: parametersOf(flags),
    configFile: flags["http.config.file"],
  });
  if (!found) return 1;
  const lines = found.map((labels) => `${printLabelSet(labelsFrom(labels))}\n`).join("");
  process.stdout.write(flags.format === "json" ? `${JSON.stringify(found)}\n` : lines);
  return 0;
};

export const runQueryLabels: Run = async ({ name, summary, args }) => {
  const request = { name: `narthex ${name}`, description: summary, table: labelsFlags, args };
  const { flags, words } = parseCommandLine({ ...request, words: "<server> <name>" });
  const [server, label] = words as [string, string];
  const found = await askApi<readonly string[]>({
    url: `${serverUrl(server)}/api/v1/label/${encodeURIComponent(label)}/values`,
    method: "GET",
    parameters: parametersOf(flags),
    configFile: flags["http.config.file"],
  });
  if (!found) return 1;
  const lines = found.map((value) => `${value}\n`).join("");
  process.stdout.write(flags.format === "json" ? `${JSON.stringify(found)}\n` : lines);
  return 0;
};
