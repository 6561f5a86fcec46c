// How names that are not [a-zA-Z0-9_:] travel to a reader: as they are, in quotes, or escaped.
import { isLegacyMetricName } from "@narthex/model";

export const escapingSchemes = ["allow-utf-8", "underscores", "dots", "values"] as const;

export type EscapingScheme = (typeof escapingSchemes)[number];

export function isEscapingScheme(text: string): text is EscapingScheme {
  return (escapingSchemes as readonly string[]).includes(text);
}

type CharacterEscape = (character: string) => string;

const escapes: Readonly<Record<Exclude<EscapingScheme, "allow-utf-8">, CharacterEscape>> = {
  underscores: () => "_",
  dots: (character) => (character === "." ? "_dot_" : "__"),
  values: (character) => (character === "_" ? "__" : `_${(character.codePointAt(0) as number).toString(16)}_`),
};

/** The name as `scheme` writes it; for metrics and labels alike. */
export function escapeName(name: string, scheme: EscapingScheme): string {
  if (scheme === "allow-utf-8" || name === "") return name;
  if (scheme !== "dots" && isLegacyMetricName(name)) return name;
  const escapeOf = escapes[scheme];
  // Dots and values double the underscores, so that the reader can tell them from escapes.
  const isPlain = scheme === "underscores" ? /^[a-zA-Z0-9_:]$/ : /^[a-zA-Z0-9:]$/;
  let text = scheme === "values" ? "U__" : "";
  let i = 0;
  for (const character of name) {
    text += isPlain.test(character) && !(i === 0 && isDigit(character)) ? character : escapeOf(character);
    i++;
  }
  return text;
}

function isDigit(character: string): boolean {
  return character >= "0" && character <= "9";
}

const escapedForm = /_(_|[0-9a-fA-F]{1,6}_)/g;

/** Undoes `values`, where `name` bears its mark "U__"; text that is not well escaped stays as it is. */
export function unescapeName(name: string): string {
  if (!name.startsWith("U__")) return name;
  const body = name.slice(3);
  if (body.replace(escapedForm, "").includes("_")) return name;
  return body.replace(escapedForm, (whole, code: string) =>
    whole === "__" ? "_" : String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10ffff)),
  );
}
