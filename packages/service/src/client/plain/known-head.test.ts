import { expect, it } from "vitest";
import { KnownHead } from "./known-head.js";
import { addHeaderLine, type HeadMeaning, headMeaning, parseStatusLine } from "./response-head.js";

function parsed(lines: readonly string[]): HeadMeaning {
  const head = parseStatusLine(lines[0] as string);
  for (const line of lines.slice(1)) addHeaderLine(head.headers, line);
  return headMeaning(head, "GET");
}

const first = ["HTTP/1.1 200 OK", "Content-Type: a/b", "Date: Mon", "Content-Length: 5", "Keep-Alive: timeout=3"];

const known = new KnownHead();
known.remember(first.join("\r\n"), parsed(first));

it.each([first, first.with(2, "Date: Tue, 01 "), first.with(3, "Content-Length: 17")].map((lines) => [lines]))(
  "%j is recalled as it would be parsed",
  (lines) => expect(known.recall(lines.join("\r\n"))).toEqual(parsed(lines)),
);

it.each(
  [
    first.with(0, "HTTP/1.1 500 No"),
    first.with(1, "Content-Type: a/c"),
    first.with(2, "Date: \0"),
    first.with(2, "Etag: 1"),
    first.with(3, "Content-Length: x"),
    first.with(3, "Transfer-Encoding: chunked"),
    first.with(4, "Connection: close"),
    first.slice(0, 4),
    [...first, "Content-Length: 5"],
  ].map((lines) => [lines]),
)("%j is not recalled", (lines) => expect(known.recall(lines.join("\r\n"))).toBeUndefined());

it("a field that stands twice is parsed when it changes", () => {
  const repeated = [...first, "Date: x"];
  const twice = new KnownHead();
  twice.remember(repeated.join("\r\n"), parsed(repeated));
  expect(twice.recall(repeated.with(2, "Date: Sun").join("\r\n"))).toBeUndefined();
  expect(twice.recall(repeated.join("\r\n"))).toEqual(parsed(repeated));
});
