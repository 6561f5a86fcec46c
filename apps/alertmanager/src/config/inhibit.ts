// `inhibit_rules` of alertmanager.yml.
import type { Matcher } from "@narthex/model";
import { type Decoder, d } from "@narthex/service";
import type { MatcherParser } from "../matchers/parse.js";
import { matchDecoder, matchersDecoder, matchRegexDecoder } from "./matchers.js";
import { labelNameDecoder } from "./values.js";

export interface InhibitRuleConfig {
  readonly name: string;
  readonly sourceMatchers: readonly Matcher[];
  readonly targetMatchers: readonly Matcher[];
  readonly equal: readonly string[];
}

export function inhibitRuleDecoder(parse: MatcherParser): Decoder<InhibitRuleConfig> {
  return d.refine(
    d.object("config.InhibitRule", {
      name: d.withDefault(d.string, ""),
      source_match: d.withDefault(matchDecoder, []),
      source_match_re: d.withDefault(matchRegexDecoder, []),
      source_matchers: d.withDefault(matchersDecoder(parse), []),
      target_match: d.withDefault(matchDecoder, []),
      target_match_re: d.withDefault(matchRegexDecoder, []),
      target_matchers: d.withDefault(matchersDecoder(parse), []),
      equal: d.withDefault(d.list(labelNameDecoder), []),
    }),
    (fields) => ({
      name: fields.name,
      sourceMatchers: [...fields.source_match, ...fields.source_match_re, ...fields.source_matchers],
      targetMatchers: [...fields.target_match, ...fields.target_match_re, ...fields.target_matchers],
      equal: fields.equal,
    }),
  );
}
