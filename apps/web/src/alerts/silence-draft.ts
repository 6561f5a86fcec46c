// Silences before they are saved: matchers from labels, the times, and what is still missing.
import type { Silence, SilenceDraft, SilenceMatcher } from "../api/alertmanager.js";
import type { LabelRecord } from "../api/prometheus.js";
import { quoteString } from "../format/labels.js";

export type MatcherOperator = "=" | "!=" | "=~" | "!~";
export const matcherOperators: readonly MatcherOperator[] = ["=", "!=", "=~", "!~"];

export const silenceDurations: readonly string[] = ["30m", "1h", "2h", "4h", "8h", "1d", "3d", "1w"];

/** Equality on every label: exactly this alert. `alertname` first, as it says most. */
export function matchersFrom(labels: LabelRecord): SilenceMatcher[] {
  const rank = (name: string): string => (name === "alertname" ? "" : name);
  return Object.entries(labels)
    .filter(([, value]) => value !== "")
    .sort(([a], [b]) => (rank(a) < rank(b) ? -1 : 1))
    .map(([name, value]) => ({ name, value, isRegex: false, isEqual: true }));
}

export function operatorOf({ isRegex, isEqual }: Pick<SilenceMatcher, "isRegex" | "isEqual">): MatcherOperator {
  if (isRegex) return isEqual ? "=~" : "!~";
  return isEqual ? "=" : "!=";
}

export function withOperator(matcher: SilenceMatcher, operator: MatcherOperator): SilenceMatcher {
  return { ...matcher, isRegex: operator.endsWith("~"), isEqual: operator.startsWith("=") };
}

/** `name="value"`, as Alertmanager reads filters. */
export function printMatcher(matcher: SilenceMatcher): string {
  return `${matcher.name}${operatorOf(matcher)}${quoteString(matcher.value)}`;
}

export interface SilenceForm {
  id: string | undefined;
  matchers: SilenceMatcher[];
  durationMs: number;
  createdBy: string;
  comment: string;
}

/** What keeps the form from being saved, in words for the user. */
export function missingFrom(form: SilenceForm): string[] {
  const missing: string[] = [];
  const matchers = form.matchers.filter(({ name }) => name.trim() !== "");
  if (matchers.length < form.matchers.length) missing.push("Every matcher needs a label name.");
  if (matchers.length === 0) missing.push("Add at least one matcher.");
  else if (matchers.every(matchesEmpty)) missing.push("At least one matcher must not match an empty value.");
  if (form.durationMs <= 0) missing.push("Say how long the silence lasts, for example 2h.");
  if (form.comment.trim() === "") missing.push("Say why, for whoever finds this silence.");
  if (form.createdBy.trim() === "") missing.push("Say who you are.");
  return missing;
}

// Only for the plain cases; whether a regular expression matches "" is left to Alertmanager, which refuses the silence.
function matchesEmpty({ value, isRegex, isEqual }: SilenceMatcher): boolean {
  if (isRegex) return isEqual && [".*", "", "|"].includes(value);
  return isEqual ? value === "" : value !== "";
}

export function draftFrom(form: SilenceForm, now: number): SilenceDraft {
  return {
    ...(form.id === undefined ? {} : { id: form.id }),
    matchers: form.matchers.map((matcher) => ({ ...matcher, name: matcher.name.trim() })),
    startsAt: new Date(now).toISOString(),
    endsAt: new Date(now + form.durationMs).toISOString(),
    createdBy: form.createdBy.trim(),
    comment: form.comment.trim(),
  };
}

const stateOrder = ["active", "pending", "expired"] as const;

/** Active ones first, those that end soonest at the top; expired ones last, the latest at the top. */
export function sortSilences(silences: readonly Silence[]): Silence[] {
  const rank = ({ status }: Silence): number => stateOrder.indexOf(status.state);
  const end = ({ endsAt }: Silence): number => Date.parse(endsAt);
  return [...silences].sort(
    (a, b) => rank(a) - rank(b) || (a.status.state === "expired" ? end(b) - end(a) : end(a) - end(b)),
  );
}
