// The examples of docs/formats, for the tests that decode them.
import { readFileSync } from "node:fs";

/**
 * The bytes of every example in the document, in order. An example is an indented paragraph whose first line begins with bytes in
 * hex; behind two spaces a line says what they are.
 */
export function documentedExamples(name: string): Uint8Array[] {
  const document = readFileSync(new URL(`../../../../docs/formats/${name}`, import.meta.url), "utf8");
  return document
    .split(/\n\n+/)
    .filter((paragraph) => bytesOf(paragraph.split("\n", 1)[0] as string))
    .map((paragraph) => Buffer.concat(paragraph.split("\n").map((line) => bytesOf(line) ?? Buffer.alloc(0))));
}

function bytesOf(line: string): Buffer | undefined {
  const [, hex] = /^ {4}((?:[0-9a-f]{2})+(?: (?:[0-9a-f]{2})+)*)(?: {2}.*)?$/.exec(line) ?? [];
  return hex === undefined ? undefined : Buffer.from(hex.replaceAll(" ", ""), "hex");
}
