// What a silence is: an id, matchers, a span of time. Its state follows from the time alone.
import { type Matcher, matches } from "@narthex/model";
import { printMatchers } from "../matchers/printer.js";

export type SilenceState = "pending" | "active" | "expired";

/** Times in milliseconds since 1970. */
export interface Silence {
  readonly id: string;
  /** Sets are alternatives; the API knows only the first, gossip and disk may carry more. Never empty. */
  readonly matcherSets: readonly (readonly Matcher[])[];
  readonly startsAt: number;
  readonly endsAt: number;
  readonly updatedAt: number;
  readonly createdBy: string;
  readonly comment: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What a user asks for: an `id` names the silence to change, "" makes a new one. */
export type SilenceDraft = Omit<Silence, "updatedAt">;

export class SilenceNotFoundError extends Error {
  override readonly name = "SilenceNotFoundError";
  constructor() {
    super("silence not found");
  }
}

/** The silence asked for cannot be, by its own content or by a limit. */
export class SilenceInvalidError extends Error {
  override readonly name = "SilenceInvalidError";
}

export function silenceState(silence: Pick<Silence, "startsAt" | "endsAt">, now: number): SilenceState {
  if (now < silence.startsAt) return "pending";
  return now < silence.endsAt ? "active" : "expired";
}

/** Throws SilenceInvalidError. */
export function checkSilence(silence: SilenceDraft): void {
  if (silence.matcherSets.length === 0) throw invalid("at least one matcher required");
  for (const matchers of silence.matcherSets) checkMatchers(matchers);
  if (silence.endsAt < silence.startsAt) throw invalid("end time must not be before start time");
}

function checkMatchers(matchers: readonly Matcher[]): void {
  if (matchers.length === 0) throw invalid("at least one matcher required");
  const nameless = matchers.findIndex((matcher) => matcher.name === "");
  if (nameless >= 0) throw invalid(`invalid label matcher ${nameless}: invalid label name ""`);
  // A silence of matchers that all match absent labels would silence everything.
  if (matchers.every((matcher) => matches(matcher, ""))) {
    throw invalid("at least one matcher must not match the empty string");
  }
}

function invalid(why: string): SilenceInvalidError {
  return new SilenceInvalidError(`invalid silence: ${why}`);
}

/** Whether the change keeps the id; otherwise the old silence expires and a new one takes its place. */
export function canUpdate(old: Silence, draft: SilenceDraft, now: number): boolean {
  if (matcherSetsKey(old) !== matcherSetsKey(draft)) return false;
  switch (silenceState(old, now)) {
    case "active":
      return Math.floor(draft.startsAt / 1000) === Math.floor(old.startsAt / 1000) && draft.endsAt >= now;
    case "pending":
      return draft.startsAt >= now;
    case "expired":
      return false;
  }
}

function matcherSetsKey(silence: Pick<Silence, "matcherSets">): string {
  return silence.matcherSets.map(printMatchers).join("\n");
}
