// GET and POST /silences, GET and DELETE /silence/{id}.
import { type Matcher, type MatchType, matcherFrom } from "@narthex/model";
import {
  type Silence,
  type SilenceDraft,
  SilenceInvalidError,
  SilenceNotFoundError,
  silenceState,
} from "../silence/silence.js";
import { printTime } from "./alert-json.js";
import { BodyReader, parseBody } from "./body.js";
import type { ApiContext } from "./context.js";
import { passesFilter, type Query } from "./query.js";
import { ApiError, SchemaError, schemaCodes } from "./respond.js";

/** Active ones by their end, then pending by their start, then expired, the last ended first. */
export function listSilences(context: ApiContext, query: Query): unknown[] {
  const matchers = query.matchers("filter", context.parseMatchers);
  const now = context.clock.now();
  const states = ["active", "pending", "expired"] as const;
  return states
    .filter((state) => query.isIncluded(state))
    .flatMap((state) => {
      const silences = context.silences.all().filter((silence) => silenceState(silence, now) === state);
      return silences
        .filter((silence) => silence.matcherSets.some((set) => passesFilter(matchers, valuesByName(set))))
        .sort(silenceOrders[state])
        .map((silence) => silenceJson(silence, now));
    });
}

const silenceOrders: Record<"active" | "pending" | "expired", (a: Silence, b: Silence) => number> = {
  active: (a, b) => a.endsAt - b.endsAt,
  pending: (a, b) => a.startsAt - b.startsAt,
  expired: (a, b) => b.endsAt - a.endsAt,
};

function valuesByName(matchers: readonly Matcher[]): Map<string, string> {
  return new Map(matchers.map((matcher) => [matcher.name, matcher.value]));
}

function silenceJson(silence: Silence, now: number): Record<string, unknown> {
  return {
    id: silence.id,
    status: { state: silenceState(silence, now) },
    updatedAt: printTime(silence.updatedAt),
    annotations: silence.annotations,
    comment: silence.comment,
    createdBy: silence.createdBy,
    endsAt: printTime(silence.endsAt),
    matchers: (silence.matcherSets[0] ?? []).map(({ type, name, value }) => ({
      isEqual: type === "=" || type === "=~",
      isRegex: type === "=~" || type === "!~",
      name,
      value,
    })),
    startsAt: printTime(silence.startsAt),
  };
}

/** Throws ApiError 404 and SchemaError. */
export function showSilence(context: ApiContext, id: string): Record<string, unknown> {
  const silence = context.silences.find(checkId(id));
  if (!silence) throw new ApiError(404, "silence not found");
  return silenceJson(silence, context.clock.now());
}

export function expireSilence(context: ApiContext, id: string): void {
  refuse(() => context.silences.expire(checkId(id)));
  if (context.logSilences) context.logger.info({ silenceID: id }, "silence expired");
}

/** The id the silence has. Throws ApiError and SchemaError. */
export function postSilence(context: ApiContext, text: string): { silenceID: string } {
  const draft = readSilence(text);
  if (draft.startsAt >= draft.endsAt) {
    throw new ApiError(400, "Failed to create silence: start time must be before end time");
  }
  if (draft.endsAt < context.clock.now()) {
    throw new ApiError(400, "Failed to create silence: end time can't be in the past");
  }
  const silenceID = refuse(() => context.silences.set(draft));
  if (context.logSilences) context.logger.info({ silenceID, createdBy: draft.createdBy }, "silence set");
  return { silenceID };
}

function refuse<T>(change: () => T): T {
  try {
    return change();
  } catch (error) {
    if (error instanceof SilenceNotFoundError) throw new ApiError(404, error.message);
    if (error instanceof SilenceInvalidError) throw new ApiError(400, error.message);
    throw error;
  }
}

const uuidForm = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

function checkId(id: string): string {
  if (uuidForm.test(id)) return id;
  throw new SchemaError(schemaCodes.type, `silenceID in path must be of type uuid: ${JSON.stringify(id)}`);
}

function readSilence(text: string): SilenceDraft {
  const reader = new BodyReader("silence", parseBody("silence", text));
  // Times first: one that does not parse is found before one that is absent.
  const startsAt = reader.time("startsAt");
  const endsAt = reader.time("endsAt");
  reader.require("comment", "createdBy", "endsAt", "matchers", "startsAt");
  const matchers = reader.list("matchers", 1).map((value, i) => readMatcher(value, i));
  return {
    id: reader.text("id") ?? "",
    matcherSets: [matchers],
    startsAt: startsAt ?? 0,
    endsAt: endsAt ?? 0,
    createdBy: reader.text("createdBy") ?? "",
    comment: reader.text("comment") ?? "",
    annotations: reader.labels("annotations") ?? {},
  };
}

function readMatcher(value: unknown, i: number): Matcher {
  const reader = new BodyReader("silence", value, `matchers.${i}.`);
  reader.require("isRegex", "name", "value");
  const isEqual = reader.boolean("isEqual") ?? true;
  const type: MatchType = reader.boolean("isRegex") ? (isEqual ? "=~" : "!~") : isEqual ? "=" : "!=";
  const pattern = reader.text("value") ?? "";
  try {
    return matcherFrom(type, reader.text("name") ?? "", pattern);
  } catch (error) {
    const why = `invalid regular expression ${JSON.stringify(pattern)}: ${(error as Error).message}`;
    throw new ApiError(400, `invalid silence: invalid label matcher ${i}: ${why}`);
  }
}
