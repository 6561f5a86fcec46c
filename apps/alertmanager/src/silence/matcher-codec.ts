// silencepb.Matcher { 1 type, 2 name, 3 pattern }; types EQUAL 0, REGEXP 1, NOT_EQUAL 2, NOT_REGEXP 3.
import { MessageWriter, type ProtoReader } from "@narthex/formats";
import { type Matcher, type MatchType, matcherFrom } from "@narthex/model";

const types: readonly MatchType[] = ["=", "=~", "!=", "!~"];

export function encodeMatcher(matcher: Matcher): Uint8Array {
  return new MessageWriter().uint(1, types.indexOf(matcher.type)).text(2, matcher.name).text(3, matcher.value).finish();
}

/** Throws ByteRangeError for broken bytes, and an error for an unknown type and for a pattern that does not compile. */
export function decodeMatcher(fields: ProtoReader): Matcher {
  let type: MatchType | undefined = "=";
  let name = "";
  let value = "";
  while (fields.next()) {
    if (fields.field === 1) type = types[fields.unsigned()];
    else if (fields.field === 2) name = fields.text();
    else if (fields.field === 3) value = fields.text();
  }
  if (!type) throw new Error("unknown matcher type");
  return matcherFrom(type, name, value);
}
