// Changes of alerts as the history tab shows them: narrowed, under the day on which they happened, each said in a word.
import type { AlertTransition } from "../api/prometheus.js";
import { matchesSearch, searchTexts } from "../format/labels.js";
import { parseApiTime, printTime, type Zone } from "../format/time.js";

export type Change = "firing" | "pending" | "resolved" | "gone";

/** What happened: a firing alert that ends is resolved, a pending one was never more than a suspicion. */
export function changeOf({ previousState, state }: AlertTransition): Change {
  if (state !== "inactive") return state;
  return previousState === "firing" ? "resolved" : "gone";
}

export interface HistoryFilter {
  search: string;
  change: Change | "all";
}

export function selectTransitions(transitions: readonly AlertTransition[], filter: HistoryFilter): AlertTransition[] {
  return transitions.filter(
    (transition) =>
      (filter.change === "all" || changeOf(transition) === filter.change) &&
      matchesSearch(filter.search, [...searchTexts(transition.labels), ...Object.values(transition.annotations)]),
  );
}

export function countChanges(transitions: readonly AlertTransition[]): Record<Change, number> {
  const counts: Record<Change, number> = { firing: 0, pending: 0, resolved: 0, gone: 0 };
  for (const transition of transitions) counts[changeOf(transition)]++;
  return counts;
}

export interface Day {
  /** "2026-03-09". */
  date: string;
  transitions: AlertTransition[];
}

/** In the order given, which is the newest first. */
export function byDay(transitions: readonly AlertTransition[], zone: Zone): Day[] {
  const days: Day[] = [];
  for (const transition of transitions) {
    const date = printTime(parseApiTime(transition.time) ?? 0, zone).slice(0, 10);
    const last = days.at(-1);
    if (last?.date === date) last.transitions.push(transition);
    else days.push({ date, transitions: [transition] });
  }
  return days;
}
