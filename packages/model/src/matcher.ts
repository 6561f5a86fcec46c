// Label matchers. Regular expressions come from users: RE2 syntax and linear time, fully anchored, "." matches newline.

import { isLegacyLabelName, type Labels, labelValue, quote } from "./labels.js";
import { type CompiledRegex, compileRegex } from "./regex.js";

export type MatchType = "=" | "!=" | "=~" | "!~";

export interface Matcher {
  readonly type: MatchType;
  readonly name: string;
  readonly value: string;
  /** Only with =~ and !~. */
  readonly regex: CompiledRegex | undefined;
}

/** Throws Prometheus' "error parsing regexp: …" for a bad regular expression. */
export function matcherFrom(type: MatchType, name: string, value: string): Matcher {
  const regex = type === "=~" || type === "!~" ? compileRegex(value) : undefined;
  return { type, name, value, regex };
}

/** Whether a label's value ("" where absent) satisfies the matcher. */
export function matches(matcher: Matcher, value: string): boolean {
  switch (matcher.type) {
    case "=":
      return value === matcher.value;
    case "!=":
      return value !== matcher.value;
    case "=~":
      return (matcher.regex as CompiledRegex).test(value);
    case "!~":
      return !(matcher.regex as CompiledRegex).test(value);
  }
}

export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matches(matcher, labelValue(labels, matcher.name)));
}

export function printMatcher(matcher: Matcher): string {
  const name = isLegacyLabelName(matcher.name) ? matcher.name : quote(matcher.name);
  return `${name}${matcher.type}${quote(matcher.value)}`;
}
