// Matchers as Alertmanager prints them. Route keys, and so group keys in the notification log, are made of this text:
// it must be the same byte for byte in every Alertmanager that reads the log.

import { type Matcher, type MatchType, quote } from "@narthex/model";
import { compareUtf8 } from "@narthex/stdx";
import { hasReservedCharacter } from "./utf8-lexer.js";

export function printMatcher(matcher: Matcher): string {
  if (hasReservedCharacter(matcher.name)) return `${quote(matcher.name)}${matcher.type}${quote(matcher.value)}`;
  return `${matcher.name}${matcher.type}"${escapeOpenMetrics(matcher.value)}"`;
}

/** `{a="b",c=~"d"}` */
export function printMatchers(matchers: readonly Matcher[]): string {
  return `{${matchers.map(printMatcher).join(",")}}`;
}

function escapeOpenMetrics(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

const typeOrder: Readonly<Record<MatchType, number>> = { "=": 0, "!=": 1, "=~": 2, "!~": 3 };

/** By name, value, type: the order in route keys. */
export function sortMatchers(matchers: readonly Matcher[]): Matcher[] {
  return [...matchers].sort(
    (a, b) => compareUtf8(a.name, b.name) || compareUtf8(a.value, b.value) || typeOrder[a.type] - typeOrder[b.type],
  );
}
