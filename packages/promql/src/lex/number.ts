// How far a number or a duration reaches. Comes from: lexer. Goes to: lexer.
// Numbers are taken loosely, as Prometheus does: what is none after all is refused when it is parsed.

export type ScannedNumber = { readonly kind: "number" | "duration" | "error"; readonly length: number };

/** Of an error, `length` covers what Prometheus has read when it gives up. REQUIRES: a digit, or a dot and a digit, at `start`. */
export function scanNumber(text: string, start: number): ScannedNumber {
  const { end, isWhole } = scanDigits(text, start);
  if (isWhole && !isAlphaNumeric(text.charAt(end))) return { kind: "number", length: end - start };
  const units = matchEnd(unitsForm, text, end);
  if (units === end) return { kind: "error", length: end - start };
  const isCut = isDigit(text.charAt(units - 1));
  if (!isCut && !isAlphaNumeric(text.charAt(units))) return { kind: "duration", length: units - start };
  return { kind: "error", length: units - start + (isCut ? 0 : 1) };
}

// A unit, then pairs of digits and a unit; digits at the end have none.
const unitsForm = /[smhdwy]s?(?:\d+[smhdw]s?)*\d*/y;
const hexadecimalForm = /0[xX]_?/y;
/** What may not come after a character; the first three not the end of the text either. */
const refusedAfter: Readonly<Record<string, string>> = { e: "._eE", E: "._eE", _: "._eE", ".": "._" };

function scanDigits(text: string, start: number): { end: number; isWhole: boolean } {
  let end = matchEnd(hexadecimalForm, text, start);
  const isHexadecimal = end > start;
  const digitsForm = isHexadecimal ? /[0-9a-fA-F]*/y : /[0-9]*/y;
  const seen = new Set<string>();
  end = matchEnd(digitsForm, text, end);
  for (;;) {
    const mark = text.charAt(end);
    const refused = mark === "" ? undefined : refusedAfter[mark];
    if (refused === undefined) return { end, isWhole: true };
    end++;
    if (mark !== "_" && seen.has(mark.toLowerCase())) return { end, isWhole: false };
    seen.add(mark.toLowerCase());
    const isExponent = mark === "e" || mark === "E";
    if (isExponent) end = matchEnd(/[+-]?/y, text, end);
    const next = text.charAt(end);
    if (next === "" ? mark !== "." : refused.includes(next)) return { end: end + next.length, isWhole: false };
    if (mark === "." && isHexadecimal) return { end, isWhole: false };
    end = matchEnd(digitsForm, text, end);
  }
}

export const isDigit = (character: string): boolean => character >= "0" && character <= "9";
export const isAlphaNumeric = (character: string): boolean => /^[a-zA-Z0-9_]/.test(character);

function matchEnd(form: RegExp, text: string, start: number): number {
  form.lastIndex = start;
  const match = form.exec(text);
  return match ? start + match[0].length : start;
}
