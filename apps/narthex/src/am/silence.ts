// `narthex am silence query|add|update|expire|import`.
import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { printMatcher, printMatchers } from "@narthex/alertmanager";
import { type Matcher, matcherFrom, parseDuration } from "@narthex/model";
import { booleanFlag, errorText, type FlagTable, numberFlag, stringFlag, UsageError } from "@narthex/service";
import type { Run } from "../command.js";
import { type AmServer, type ApiMatcher, type ApiSilence, callApi } from "./api.js";
import { amFlags, matcherParserOf, parseAm, timeOf, withAlertName } from "./flags.js";
import { printJsonLine, printTable, printTime } from "./print.js";

const quietFlag = booleanFlag(false, "Only show silence ids.", { short: "q" });

const queryTable = {
  ...amFlags,
  expired: booleanFlag(false, "Show expired silences instead of active."),
  quiet: quietFlag,
  "created-by": stringFlag("", "Show silences that belong to this creator."),
  id: stringFlag("", "Show the silence with this id."),
  within: stringFlag("", "Show silences that will expire or have expired within a duration."),
} satisfies FlagTable;

export const runSilenceQuery: Run = async (line) => {
  const { flags, words } = parseAm(line, queryTable, "[<matcher-groups>...]");
  const parameters = new URLSearchParams();
  for (const matcher of withAlertName(words)) parameters.append("filter", matcher);
  const all = await callApi<ApiSilence[]>(flags, "/silences", { parameters });
  const withinMs = flags.within === "" ? undefined : durationOf("within", flags.within);
  const isWithin = ({ endsAt }: ApiSilence): boolean => {
    if (withinMs === undefined) return true;
    const distance = Date.parse(endsAt) - Date.now();
    return flags.expired ? -distance <= withinMs : distance <= withinMs;
  };
  const silences = all
    .filter(({ status }) => (status?.state === "expired") === flags.expired)
    .filter(({ createdBy }) => flags["created-by"] === "" || createdBy === flags["created-by"])
    .filter(({ id }) => flags.id === "" || id === flags.id)
    .filter(isWithin);
  process.stdout.write(flags.quiet ? printIds(silences) : printSilences(silences, flags));
  return 0;
};

function durationOf(flag: string, text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new UsageError(`--${flag}: ${(error as Error).message}`, { cause: error });
  }
}

function printIds(silences: readonly ApiSilence[]): string {
  return silences.map(({ id }) => `${id ?? ""}\n`).join("");
}

type Format = { readonly output: string; readonly "date.format": string };

function printSilences(silences: readonly ApiSilence[], { output, "date.format": layout }: Format): string {
  if (output === "json") return printJsonLine(silences);
  const sorted = [...silences].sort((a, b) => Date.parse(a.endsAt) - Date.parse(b.endsAt));
  const time = (text: string): string => printTime(text, layout);
  if (output === "simple") {
    const rows = sorted.map(({ id = "", matchers, endsAt, createdBy, comment }) => [
      id,
      matchers.map((matcher) => printMatcher(matcherOf(matcher))).join(" "),
      time(endsAt),
      createdBy,
      comment,
    ]);
    return printTable([["ID", "Matchers", "Ends At", "Created By", "Comment"], ...rows]);
  }
  const rows = sorted.map(({ id = "", matchers, startsAt, endsAt, updatedAt = "", createdBy, comment }) => [
    id,
    printMatchers(matchers.map(matcherOf)),
    time(startsAt),
    time(endsAt),
    time(updatedAt),
    createdBy,
    comment,
  ]);
  return printTable([["ID", "Matchers", "Starts At", "Ends At", "Updated At", "Created By", "Comment"], ...rows]);
}

function matcherOf({ name, value, isRegex, isEqual = true }: ApiMatcher): Matcher {
  return matcherFrom(isRegex ? (isEqual ? "=~" : "!~") : isEqual ? "=" : "!=", name, value);
}

function apiMatcherOf({ name, value, type }: Matcher): ApiMatcher {
  return { name, value, isRegex: type.endsWith("~"), isEqual: type.startsWith("=") };
}

const timeFlags = {
  start: stringFlag("", "Set when the silence should start. RFC 3339."),
  end: stringFlag("", "Set when the silence should end (overwrites duration). RFC 3339."),
  comment: stringFlag("", "A comment to help describe the silence.", { short: "c" }),
} satisfies FlagTable;

const addTable = {
  ...amFlags,
  ...timeFlags,
  author: stringFlag(userInfo().username, "Username for CreatedBy field.", { short: "a" }),
  duration: stringFlag("1h", "Duration of silence.", { short: "d" }),
  "require-comment": booleanFlag(true, "Require comment to be set."),
} satisfies FlagTable;

export const runSilenceAdd: Run = async (line) => {
  const { flags, words } = parseAm(line, addTable, "[<matcher-groups>...]");
  const matchers = withAlertName(words).flatMap((text) => matcherParserOf(flags).parse(text));
  if (matchers.length === 0) throw new UsageError("no matchers specified");
  if (flags["require-comment"] && flags.comment === "") throw new UsageError("comment required by config");
  const start = flags.start === "" ? Date.now() : timeOf("start", flags.start);
  const end = flags.end === "" ? start + durationOf("duration", flags.duration) : timeOf("end", flags.end);
  if (start > end) throw new UsageError("silence cannot start after it ends");
  const id = await post(flags, {
    matchers: matchers.map(apiMatcherOf),
    startsAt: new Date(start).toISOString(),
    endsAt: new Date(end).toISOString(),
    createdBy: flags.author,
    comment: flags.comment,
  });
  process.stdout.write(`${id}\n`);
  return 0;
};

async function post(server: AmServer, silence: ApiSilence): Promise<string> {
  const { silenceID } = await callApi<{ silenceID: string }>(server, "/silences", { method: "POST", body: silence });
  return silenceID;
}

const updateTable = {
  ...amFlags,
  ...timeFlags,
  quiet: quietFlag,
  duration: stringFlag("", "Duration of silence.", { short: "d" }),
} satisfies FlagTable;

export const runSilenceUpdate: Run = async (line) => {
  const { flags, words: ids } = parseAm(line, updateTable, "[<update-ids>...]");
  if (ids.length === 0) throw new UsageError("no silence IDs specified");
  const updated: ApiSilence[] = [];
  for (const id of ids) {
    const {
      status: _,
      updatedAt: __,
      ...silence
    } = await callApi<ApiSilence>(flags, `/silence/${encodeURIComponent(id)}`);
    const startsAt = flags.start === "" ? silence.startsAt : new Date(timeOf("start", flags.start)).toISOString();
    const comment = flags.comment === "" ? silence.comment : flags.comment;
    const changed = { ...silence, startsAt, endsAt: endOf(silence, startsAt, flags), comment };
    if (Date.parse(startsAt) > Date.parse(changed.endsAt)) throw new UsageError("silence cannot start after it ends");
    const newId = await post(flags, changed);
    updated.push({ ...changed, id: newId, updatedAt: new Date().toISOString() });
  }
  process.stdout.write(flags.quiet ? printIds(updated) : printSilences(updated, flags));
  return 0;
};

function endOf(
  silence: ApiSilence,
  startsAt: string,
  flags: { readonly end: string; readonly duration: string },
): string {
  if (flags.end !== "") return new Date(timeOf("end", flags.end)).toISOString();
  if (flags.duration === "") return silence.endsAt;
  return new Date(Date.parse(startsAt) + durationOf("duration", flags.duration)).toISOString();
}

export const runSilenceExpire: Run = async (line) => {
  const { flags, words: ids } = parseAm(line, amFlags, "[<silence-ids>...]");
  if (ids.length === 0) throw new UsageError("no silence IDs specified");
  for (const id of ids) await callApi(flags, `/silence/${encodeURIComponent(id)}`, { method: "DELETE" });
  return 0;
};

const importTable = {
  ...amFlags,
  force: booleanFlag(false, "Force adding new silences even if it already exists.", { short: "f" }),
  worker: numberFlag(8, "Number of concurrent workers to use for import.", { short: "w" }),
} satisfies FlagTable;

export const runSilenceImport: Run = async (line) => {
  const { flags, words } = parseAm(line, importTable, "[<input-file>]");
  const silences = parseSilences(readFileSync(words[0] ?? 0, "utf8"));
  let failures = 0;
  const waiting = [...silences];
  const work = async (): Promise<void> => {
    for (let silence = waiting.shift(); silence; silence = waiting.shift()) {
      const { status: _, updatedAt: __, id = "", ...content } = silence;
      try {
        await post(flags, flags.force || id === "" ? content : { ...content, id });
      } catch (error) {
        failures++;
        process.stderr.write(`Error adding silence id='${id}': ${errorText(error)}\n`);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, flags.worker) }, work));
  if (failures > 0) throw new Error(`couldn't import ${failures} out of ${silences.length} silences`);
  return 0;
};

function parseSilences(text: string): ApiSilence[] {
  try {
    const value = JSON.parse(text) as unknown;
    if (Array.isArray(value)) return value as ApiSilence[];
  } catch (error) {
    throw new Error(`couldn't unmarshal input data, is it JSON?: ${(error as Error).message}`, { cause: error });
  }
  throw new Error("couldn't unmarshal input data: it is not a list of silences");
}
