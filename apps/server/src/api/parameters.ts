// Parameters of a request as the API's endpoints read them; errors name their parameter where Prometheus' do, and are in its words.
import { type Matcher, matches, parseDuration, parseTimestamp, quote } from "@narthex/model";
import { ParseError, parseSelector } from "@narthex/promql";
import { ApiError } from "./respond.js";

/** Matcher sets of one request. */
export const matcherSetsMax = 1000;

/** The range of all time, in ms; Prometheus' minTime and maxTime, as far as a number counts milliseconds exactly. */
export const timeMin: number = Number.MIN_SAFE_INTEGER;
export const timeMax: number = Number.MAX_SAFE_INTEGER;

/** How Prometheus writes those two; Grafana sends them back. */
const timeBounds: Readonly<Record<string, number>> = {
  "-292273086-05-16T16:47:06Z": timeMin,
  "292277025-08-18T07:12:54.999999999Z": timeMax,
};

export class Parameters {
  readonly #form: URLSearchParams;
  readonly #query: URLSearchParams;

  /** A form's values stand before those of the query string. */
  constructor(query: URLSearchParams, form: URLSearchParams = new URLSearchParams()) {
    this.#query = query;
    this.#form = form;
  }

  text(name: string): string {
    return this.#form.get(name) ?? this.#query.get(name) ?? "";
  }

  texts(name: string): string[] {
    return [...this.#form.getAll(name), ...this.#query.getAll(name)];
  }

  /** All of them, each with its values in order. */
  lists(): Map<string, string[]> {
    const lists = new Map<string, string[]>();
    for (const [name, value] of [...this.#form, ...this.#query]) {
      const values = lists.get(name);
      if (values) values.push(value);
      else lists.set(name, [value]);
    }
    return lists;
  }

  has(name: string): boolean {
    return this.text(name) !== "";
  }

  /** Milliseconds; `initial` where the parameter is absent. */
  time(name: string, initial: number): number {
    const source = this.text(name);
    if (source === "") return initial;
    const t = timeFrom(source);
    if (t !== undefined) return t;
    throw badParameter(name, `Invalid time value for '${name}': cannot parse ${quote(source)} to a valid timestamp`);
  }

  /** Milliseconds, from seconds with a fraction or "5m"; undefined where the parameter is absent. */
  duration(name: string): number | undefined {
    const source = this.text(name);
    if (source === "") return undefined;
    const ms = parseSecondsOrDuration(source);
    if (ms === undefined) throw badParameter(name, `cannot parse ${quote(source)} to a valid duration`);
    return ms;
  }

  /** As `duration`, for a parameter that must be there. */
  requiredDuration(name: string): number {
    const ms = this.duration(name);
    if (ms === undefined) throw badParameter(name, 'cannot parse "" to a valid duration');
    return ms;
  }

  /** As `time`, for a parameter that must be there. */
  requiredTime(name: string): number {
    const source = this.text(name);
    const t = timeFrom(source);
    if (t === undefined) throw badParameter(name, `cannot parse ${quote(source)} to a valid timestamp`);
    return t;
  }

  /** 0 for none. */
  limit(name = "limit"): number {
    const source = this.text(name);
    if (source === "") return 0;
    if (!/^[+-]?\d+$/.test(source)) throw badParameter(name, `cannot parse ${quote(source)} to a valid integer`);
    const limit = Number(source);
    if (limit < 0) throw badParameter(name, "limit must be non-negative");
    return limit;
  }

  /** False where the parameter is absent. */
  boolean(name: string): boolean {
    const source = this.text(name).toLowerCase();
    if (["", "0", "f", "false"].includes(source)) return false;
    if (["1", "t", "true"].includes(source)) return true;
    throw badParameter(name, `cannot parse ${quote(source)} to a boolean`);
  }

  /** One list of matchers for each `match[]`; each has one that an absent label does not satisfy. Errors do not name the parameter. */
  matcherSets(): Matcher[][] {
    const sets = this.anyMatcherSets();
    if (sets.some((set) => set.every((matcher) => matches(matcher, "")))) {
      throw new ApiError("bad_data", "match[] must contain at least one non-empty matcher");
    }
    return sets;
  }

  /** Likewise, where `{job!="a"}` is fine. */
  anyMatcherSets(): Matcher[][] {
    const sources = this.texts("match[]");
    if (sources.length > matcherSetsMax)
      throw new ApiError("bad_data", `more than ${matcherSetsMax} match[] selectors`);
    return sources.map(selectorFrom);
  }

  /** `start` and `end`, both inclusive, ms. */
  range(): { readonly start: number; readonly end: number } {
    const start = this.time("start", timeMin);
    const end = this.time("end", timeMax);
    return { start, end };
  }
}

export function selectorFrom(source: string): Matcher[] {
  return parseSelector(source, { mayMatchAll: true });
}

/** Runs `read`; its errors name the parameter. */
export function named<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ApiError || error instanceof ParseError) throw badParameter(name, error.message);
    throw error;
  }
}

export function badParameter(name: string, text: string): ApiError {
  return new ApiError("bad_data", `invalid parameter ${quote(name)}: ${text}`);
}

// Go's time.Duration ends at 2^63 - 1 ns.
const durationMsMax = 9_223_372_036_854;

function timeFrom(source: string): number | undefined {
  return timeBounds[source] ?? parseTimestamp(source);
}

function parseSecondsOrDuration(source: string): number | undefined {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(source)) {
    const ms = Number(source) * 1000;
    return Math.abs(ms) > durationMsMax ? undefined : ms;
  }
  try {
    return parseDuration(source);
  } catch {
    // Whatever is wrong with it, the caller says "cannot parse".
    return undefined;
  }
}
