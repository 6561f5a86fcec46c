// silencepb.Matcher { 1 type, 2 name, 3 pattern }; types EQUAL 0, REGEXP 1, NOT_EQUAL 2, NOT_REGEXP 3.
import { MessageWriter } from "@narthex/formats";
import { type Matcher, type MatchType, matcherFrom } from "@narthex/model";
import { decodeUtf8 } from "@narthex/stdx";
import { messageFields } from "../disk/protobuf.js";

const types: readonly MatchType[] = ["=", "=~", "!=", "!~"];

export function encodeMatcher(matcher: Matcher): Uint8Array {
  return new MessageWriter().uint(1, types.indexOf(matcher.type)).text(2, matcher.name).text(3, matcher.value).finish();
}

/** Throws for an unknown type and for a pattern that does not compile. */
export function decodeMatcher(message: Uint8Array): Matcher {
  let type: MatchType | undefined = "=";
  let name = "";
  let value = "";
  for (const field of messageFields(message)) {
    if (field.number === 1) type = types[Number(field.value)];
    else if (field.number === 2) name = decodeUtf8(field.bytes);
    else if (field.number === 3) value = decodeUtf8(field.bytes);
  }
  if (!type) throw new Error("unknown matcher type");
  return matcherFrom(type, name, value);
}
