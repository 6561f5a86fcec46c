// Go's interpreted string literals, as UTF-8 matchers quote them.
import { encodeUtf8, isValidUtf8 } from "@narthex/stdx";

const plainEscapes: Readonly<Record<string, number>> = {
  a: 0x07,
  b: 0x08,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  v: 0x0b,
  "\\": 0x5c,
  '"': 0x22,
};

const codeLengths: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** The text inside the double quotes of `literal`; undefined where Go's strconv.Unquote fails or the bytes are no UTF-8. */
export function unquote(literal: string): string | undefined {
  const body = literal.slice(1, -1);
  const bytes: number[] = [];
  for (let i = 0; i < body.length; ) {
    const character = String.fromCodePoint(body.codePointAt(i) as number);
    if (character === "\n" || character === '"') return undefined;
    if (character !== "\\") {
      bytes.push(...encodeUtf8(character));
      i += character.length;
      continue;
    }
    const escaped = readEscape(body, i + 1);
    if (!escaped) return undefined;
    bytes.push(...escaped.bytes);
    i = escaped.end;
  }
  const encoded = Uint8Array.from(bytes);
  return isValidUtf8(encoded) ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(encoded) : undefined;
}

function readEscape(body: string, start: number): { bytes: Iterable<number>; end: number } | undefined {
  const letter = body[start] ?? "";
  const plain = plainEscapes[letter];
  if (plain !== undefined) return { bytes: [plain], end: start + 1 };
  if (/[0-7]/.test(letter)) return readOctal(body, start);
  const length = codeLengths[letter];
  if (length === undefined) return undefined;
  const digits = body.slice(start + 1, start + 1 + length);
  if (digits.length !== length || !/^[0-9a-fA-F]+$/.test(digits)) return undefined;
  const code = Number.parseInt(digits, 16);
  const end = start + 1 + length;
  if (letter === "x") return { bytes: [code], end };
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  return { bytes: encodeUtf8(String.fromCodePoint(code)), end };
}

function readOctal(body: string, start: number): { bytes: Iterable<number>; end: number } | undefined {
  const digits = body.slice(start, start + 3);
  if (!/^[0-7]{3}$/.test(digits)) return undefined;
  const code = Number.parseInt(digits, 8);
  return code > 0xff ? undefined : { bytes: [code], end: start + 3 };
}
