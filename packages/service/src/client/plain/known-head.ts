// A peer answers the same request with the same head each time, but for the date and the length of the body: such a head is
// recognised by its lines, and not parsed again.
// Comes from: plain/response-reader, with heads that came in one piece. One belongs to one request that is sent again and again.
import type { IncomingHttpHeaders } from "node:http";
import type { HeadMeaning } from "./response-head.js";

const dateLine = /^date:[ \t]*([\t\x20-\x7e\x80-\xff]*)$/i;
const lengthLine = /^content-length:[ \t]*(\d{1,15})[ \t]*$/i;

/** A line that may change; -1 where there is none. */
type Places = { readonly date: number; readonly length: number };

export class KnownHead {
  #lines: readonly string[] = [];
  #places: Places = { date: -1, length: -1 };
  #meaning: HeadMeaning | undefined;

  /** What the head says; undefined for one that has to be parsed. `text`: up to its empty line. */
  recall(text: string): HeadMeaning | undefined {
    const meaning = this.#meaning;
    if (meaning === undefined) return undefined;
    const lines = text.split("\r\n");
    const known = this.#lines;
    if (lines.length !== known.length) return undefined;
    let { date, "content-length": length } = meaning.head.headers;
    for (let i = 0; i < lines.length; i++) {
      if (lines[i] === known[i]) continue;
      if (i === this.#places.date) date = dateLine.exec(lines[i]!)?.[1]?.trimEnd();
      else if (i === this.#places.length) length = lengthLine.exec(lines[i]!)?.[1];
      else return undefined;
    }
    return withFields(meaning, { date, length });
  }

  /** Takes up a head that was parsed. */
  remember(text: string, meaning: HeadMeaning): void {
    this.#lines = text.split("\r\n");
    this.#places = { date: this.#placeOf(dateLine), length: this.#placeOf(lengthLine) };
    this.#meaning = meaning;
  }

  // A field that stands twice is read by its own rules.
  #placeOf(pattern: RegExp): number {
    const place = this.#lines.findIndex((line) => pattern.test(line));
    const last = this.#lines.findLastIndex((line) => pattern.test(line));
    return place === last ? place : -1;
  }
}

function withFields(
  meaning: HeadMeaning,
  { date, length }: { readonly date: string | undefined; readonly length: string | undefined },
): HeadMeaning | undefined {
  const { head, framing } = meaning;
  const headers = Object.assign(Object.create(null) as IncomingHttpHeaders, head.headers);
  if (headers.date !== undefined) {
    if (date === undefined) return undefined;
    headers.date = date;
  }
  if (headers["content-length"] !== undefined) {
    if (length === undefined) return undefined;
    headers["content-length"] = length;
  }
  const isCounted = framing.kind === "length" && length !== undefined;
  return {
    ...meaning,
    head: { ...head, headers },
    framing: isCounted ? { kind: "length", length: Number(length) } : framing,
  };
}
