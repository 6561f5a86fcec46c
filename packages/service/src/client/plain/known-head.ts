// A peer answers the same request with the same head each time, but for the date and the length of the body: such a head is
// recognised by its lines, and not parsed again.
// Comes from: plain/response-reader, with heads that came in one piece. One belongs to one request that is sent again and again.
import type { IncomingHttpHeaders } from "node:http";
import type { HeadMeaning } from "./response-head.js";

const dateLine = /\r\ndate:[ \t]*([^\r\n]*)/gi;
const lengthLine = /\r\ncontent-length:[ \t]*([^\r\n]*)/gi;
const dateText = /^[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;
const lengthText = /^\d{1,15}$/;

type Field = "date" | "content-length";

/** A value that may change: where it stands in the text of the head. */
type Place = { readonly field: Field; readonly start: number; readonly end: number };

export class KnownHead {
  /** What stands before, between and behind the values that may change. */
  #fixed: readonly string[] = [];
  #places: readonly Place[] = [];
  #meaning: HeadMeaning | undefined;

  /** What the head says; undefined for one that has to be parsed. `text`: up to its empty line. */
  recall(text: string): HeadMeaning | undefined {
    if (this.#meaning === undefined) return undefined;
    const values: Partial<Record<Field, string>> = {};
    let at = 0;
    for (let i = 0; i < this.#places.length; i++) {
      const fixed = this.#fixed[i]!;
      if (!text.startsWith(fixed, at)) return undefined;
      at += fixed.length;
      const found = text.indexOf("\r\n", at);
      const end = found < 0 ? text.length : found;
      values[this.#places[i]!.field] = text.slice(at, end);
      at = end;
    }
    const last = this.#fixed.at(-1)!;
    if (text.length !== at + last.length || !text.endsWith(last)) return undefined;
    return withValues(this.#meaning, values);
  }

  /** Takes up a head that was parsed. */
  remember(text: string, meaning: HeadMeaning): void {
    this.#places = [...placesOf(text, "date", dateLine), ...placesOf(text, "content-length", lengthLine)].sort(
      (a, b) => a.start - b.start,
    );
    const ends = [0, ...this.#places.map(({ end }) => end)];
    this.#fixed = ends.map((end, i) => text.slice(end, this.#places[i]?.start));
    this.#meaning = meaning;
  }
}

// None for a field that stands twice: it is read by its own rules.
function placesOf(text: string, field: Field, pattern: RegExp): Place[] {
  const places = [...text.matchAll(pattern)].map((match) => {
    const end = match.index + match[0].length;
    return { field, start: end - (match[1] as string).length, end };
  });
  return places.length === 1 ? places : [];
}

/** Undefined where a value is none. */
function withValues(
  meaning: HeadMeaning,
  { date, "content-length": length }: Partial<Record<Field, string>>,
): HeadMeaning | undefined {
  const { head, framing } = meaning;
  const headers = Object.assign(Object.create(null) as IncomingHttpHeaders, head.headers);
  if (date !== undefined) {
    const text = dateText.exec(date)?.[1];
    if (text === undefined) return undefined;
    headers.date = text.trimEnd();
  }
  if (length === undefined) return { ...meaning, head: { ...head, headers } };
  if (!lengthText.test(length)) return undefined;
  headers["content-length"] = length;
  return {
    ...meaning,
    head: { ...head, headers },
    framing: framing.kind === "length" ? { kind: "length", length: Number(length) } : framing,
  };
}
