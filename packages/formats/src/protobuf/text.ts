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

const cachedBytesMax = 64;
const slotCount = 2048;

/**
 * Remembers short texts of one body, where few are said many times: one that is known is not made again. Other characters than
 * ASCII have more bytes than units, and are not kept.
 */
export class TextCache {
  readonly #texts: string[] = Array.from({ length: slotCount }, () => "");

  /** As `readText`. */
  read(reader: ProtoReader): string {
    const [start, end] = reader.contentRange();
    if (start === end) return "";
    if (end - start > cachedBytesMax) return readText(reader);
    const slot = slotOf(reader.bytes, start, end);
    const known = this.#texts[slot] as string;
    if (isText(known, reader.bytes, start, end)) return known;
    const text = readText(reader);
    if (text.length === end - start) this.#texts[slot] = text;
    return text;
  }
}

// FNV-1a's step.
function slotOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return (hash ^ (hash >>> 15)) & (slotCount - 1);
}

function isText(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
