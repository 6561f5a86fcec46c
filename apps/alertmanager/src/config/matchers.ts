// `matchers`, and the older `match` and `match_re`, of routes and inhibition rules.
import { type Matcher, matcherFrom } from "@narthex/model";
import { type Decoder, d } from "@narthex/service";
import type { MatcherParser } from "../matchers/parse.js";

/** A list of matcher texts, each of one or more matchers. */
export function matchersDecoder({ parse }: MatcherParser): Decoder<readonly Matcher[]> {
  const one = d.parsed((text) => parse(text));
  return (node) => d.list(one)(node).flat();
}

export const matchDecoder: Decoder<readonly Matcher[]> = (node) =>
  Object.entries(d.map(d.string)(node)).map(([name, value]) => matcherFrom("=", name, value));

// The anchors are a part of route keys, as they are in Alertmanager.
export const matchRegexDecoder: Decoder<readonly Matcher[]> = (node) => {
  const pattern: Decoder<string | undefined> = (value) => (value.isNull() ? undefined : `^(?:${d.regex(value)})$`);
  return Object.entries(d.map(pattern)(node)).map(([name, value]) =>
    matcherFrom("=~", name, value ?? node.fail(`invalid regexp value for ${JSON.stringify(name)}`)),
  );
};
