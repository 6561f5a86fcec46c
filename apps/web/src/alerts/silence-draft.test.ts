import { expect, it } from "vitest";
import type { Silence } from "../api/alertmanager.js";
import {
  draftFrom,
  matcherOperators,
  matchersFrom,
  missingFrom,
  operatorOf,
  printMatcher,
  type SilenceForm,
  sortSilences,
  withOperator,
} from "./silence-draft.js";

const form: SilenceForm = {
  id: undefined,
  matchers: matchersFrom({ instance: 'a"b', alertname: "Down", empty: "" }),
  durationMs: 3_600_000,
  createdBy: " ada ",
  comment: "disk swap",
};

it("matchers name exactly the alert, its name first", () => {
  expect(form.matchers.map(printMatcher)).toEqual(['alertname="Down"', 'instance="a\\"b"']);
});

it("operators survive the round trip", () => {
  for (const operator of matcherOperators) {
    expect(operatorOf(withOperator(form.matchers[0]!, operator))).toBe(operator);
  }
});

it("a form says what it still needs", () => {
  const check = (change: Partial<SilenceForm>, expected: RegExp[]): void => {
    const missing = missingFrom({ ...form, ...change });
    expect(missing).toHaveLength(expected.length);
    for (const [i, pattern] of expected.entries()) expect(missing[i]).toMatch(pattern);
  };
  check({}, []);
  check({ matchers: [] }, [/at least one matcher/]);
  check({ matchers: [{ name: "a", value: "", isRegex: false, isEqual: true }] }, [/empty value/]);
  check({ matchers: [{ name: " ", value: "x", isRegex: false, isEqual: true }] }, [/label name/, /at least one/]);
  check({ durationMs: 0, createdBy: " ", comment: "" }, [/how long/, /why/, /who/]);
});

it("a draft starts now and is trimmed", () => {
  expect(draftFrom(form, Date.UTC(2026, 0, 1))).toEqual({
    matchers: form.matchers,
    startsAt: "2026-01-01T00:00:00.000Z",
    endsAt: "2026-01-01T01:00:00.000Z",
    createdBy: "ada",
    comment: "disk swap",
  });
  expect(draftFrom({ ...form, id: "x" }, 0).id).toBe("x");
});

it("silences that end soonest come first, expired ones last", () => {
  const silence = (id: string, state: string, endsAt: string): Silence =>
    ({ id, status: { state }, endsAt }) as unknown as Silence;
  const sorted = sortSilences([
    silence("old", "expired", "2026-01-01"),
    silence("recent", "expired", "2026-01-02"),
    silence("later", "active", "2026-02-02"),
    silence("soon", "active", "2026-02-01"),
    silence("next", "pending", "2026-01-20"),
  ]);
  expect(sorted.map(({ id }) => id)).toEqual(["soon", "later", "next", "recent", "old"]);
});
