// /api/v1/alerts/history: what became of alerts, the newest change first. Prometheus has no such endpoint.
// Differs: see docs/compatibility.md#alert-history
import { labelsToRecord, type Matcher, matchesAll } from "@narthex/model";
import type { AlertState } from "../rules/alert.js";
import type { AlertHistory } from "../rules/history/log.js";
import { readHistory } from "../rules/history/read.js";
import type { Transition } from "../rules/history/transition.js";
import { badParameter, type Parameters } from "./parameters.js";
import { type Answer, data } from "./respond.js";
import { type ApiRequest, type Route, readRoute } from "./route.js";
import { printExponent } from "./rules.js";
import { timestamp } from "./time.js";

/** Of one answer; so many without `limit`. */
export const transitionsMax = 10_000;
const transitionsInitial = 1000;

const states: readonly string[] = ["inactive", "pending", "firing"] satisfies AlertState[];

export function alertHistoryRoutes(history: AlertHistory): Route[] {
  return [readRoute("/api/v1/alerts/history", (request) => answerHistory(history, request))];
}

async function answerHistory(history: AlertHistory, { parameters, signal }: ApiRequest): Promise<Answer> {
  const { start, end } = parameters.range();
  const wanted = statesFrom(parameters);
  const matcherSets = parameters.matcherSets();
  const found = await readHistory(history, {
    start,
    end,
    limit: limitFrom(parameters),
    signal,
    isWanted: ({ to, labels }) => (wanted.size === 0 || wanted.has(to)) && isMatched(matcherSets, labels),
  });
  const warnings = found.isCut ? ["results truncated due to limit"] : [];
  return data({ transitions: found.transitions.map(print) }, warnings);
}

function isMatched(sets: readonly (readonly Matcher[])[], labels: Transition["labels"]): boolean {
  return sets.length === 0 || sets.some((matchers) => matchesAll(matchers, labels));
}

function statesFrom(parameters: Parameters): Set<string> {
  const wanted = parameters.texts("state").filter((state) => state !== "");
  const unknown = wanted.find((state) => !states.includes(state));
  if (unknown !== undefined) throw badParameter("state", `${unknown} is none of ${states.join(", ")}`);
  return new Set(wanted);
}

function limitFrom(parameters: Parameters): number {
  const limit = parameters.limit();
  if (limit > transitionsMax) throw badParameter("limit", `limit must not exceed ${transitionsMax}`);
  return limit === 0 ? transitionsInitial : limit;
}

function print({ time, from, to, activeAt, value, labels, annotations, rule }: Transition): object {
  return {
    time: timestamp(time),
    previousState: from,
    state: to,
    activeAt: timestamp(activeAt),
    value: printExponent(value),
    labels: labelsToRecord(labels),
    annotations: labelsToRecord(annotations),
    rule,
  };
}
