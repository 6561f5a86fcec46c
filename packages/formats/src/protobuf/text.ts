// Texts of senders who may put anything into them.
import { isValidUtf8 } from "@narthex/stdx";
import type { ProtoReader } from "./reader.js";

/** The text at hand; bytes that are no UTF-8 stand as lone surrogates, so that they can be told and refused later. */
export function readText(reader: ProtoReader): string {
  const text = reader.text();
  // A text may hold U+FFFD by itself.
  if (!text.includes("\ufffd") || isValidUtf8(reader.bytes.subarray(...reader.contentRange()))) return text;
  return text.replaceAll("\ufffd", "\udcff");
}
