// One number, string or boolean under one printf verb; undefined where the verb does not fit the kind.
import { quote } from "@narthex/model";
import { type Directive, pad } from "./directive.js";
import { type FloatForm, formatFloat } from "./float.js";

export function formatBoolean(value: boolean, verb: string, directive: Directive): string | undefined {
  return verb === "t" || verb === "v" ? pad(String(value), directive) : undefined;
}

/** `isUnsigned` only matters to %#v, which prints unsigned integers in hexadecimal. */
export interface IntegerForm {
  readonly verb: string;
  readonly isUnsigned?: boolean;
}

const integerBases: ReadonlyMap<string, number> = new Map([
  ["d", 10],
  ["v", 10],
  ["b", 2],
  ["o", 8],
  ["O", 8],
  ["x", 16],
  ["X", 16],
]);

export function formatInteger(value: bigint, form: IntegerForm, directive: Directive): string | undefined {
  const { verb } = form;
  if (directive.sharpV && form.isUnsigned) return formatDigits(value, "x", { ...directive, sharp: true });
  if (integerBases.has(verb)) return formatDigits(value, verb, directive);
  if (verb === "c") return pad(characterOf(value), directive);
  if (verb === "q") return pad(quoteCharacter(value, directive.plus), directive);
  return verb === "U" ? formatUnicode(value, directive) : undefined;
}

function formatDigits(value: bigint, verb: string, directive: Directive): string {
  const { width, precision, sharp, zero, minus } = directive;
  const sign = value < 0n ? "-" : directive.plus ? "+" : directive.space ? " " : "";
  const magnitude = value < 0n ? -value : value;
  if (precision === 0 && value === 0n) return " ".repeat(width ?? 0);
  let digits = magnitude.toString(integerBases.get(verb));
  if (verb === "X") digits = digits.toUpperCase();
  const prefix = digitPrefix(verb, sharp, digits);
  // Zeros fill up to the width, prefix not counted, unless a precision says how many digits there are.
  const isFilled = zero && !minus && precision === undefined && width !== undefined;
  const digitsMin = precision ?? (isFilled ? width - sign.length : 0);
  digits = digits.padStart(digitsMin, "0");
  const leading = verb === "o" && sharp && !digits.startsWith("0") ? "0" : "";
  return pad(sign + prefix + leading + digits, { ...directive, zero: false });
}

function digitPrefix(verb: string, sharp: boolean, digits: string): string {
  if (verb === "O") return "0o";
  if (!sharp) return "";
  if (verb === "b") return "0b";
  if (verb === "x") return "0x";
  return verb === "X" && digits !== "" ? "0X" : "";
}

function characterOf(value: bigint): string {
  const isCharacter = value >= 0n && value <= 0x10ffffn && !(value >= 0xd800n && value <= 0xdfffn);
  return isCharacter ? String.fromCodePoint(Number(value)) : "\ufffd";
}

function quoteCharacter(value: bigint, asciiOnly: boolean): string {
  const character = characterOf(value);
  if (character === "'") return "'\\''";
  if (character === '"') return `'"'`;
  return `'${quoteText(character, asciiOnly).slice(1, -1)}'`;
}

function formatUnicode(value: bigint, directive: Directive): string {
  const { precision = 4, sharp } = directive;
  const digits = BigInt.asUintN(64, value).toString(16).toUpperCase().padStart(Math.max(4, precision), "0");
  const character = characterOf(value);
  const shown = sharp && isPrintable(character) && value >= 0n && value <= 0x10ffffn ? ` '${character}'` : "";
  return pad(`U+${digits}${shown}`, { ...directive, zero: false });
}

const floatForms: ReadonlyMap<string, { form: FloatForm; precision?: number }> = new Map<
  string,
  { form: FloatForm; precision?: number }
>([
  ["v", { form: "g" }],
  ["g", { form: "g" }],
  ["G", { form: "G" }],
  ["b", { form: "b" }],
  ["x", { form: "x" }],
  ["X", { form: "X" }],
  ["e", { form: "e", precision: 6 }],
  ["E", { form: "E", precision: 6 }],
  ["f", { form: "f", precision: 6 }],
  ["F", { form: "f", precision: 6 }],
]);

export function formatFloatVerb(value: number, verb: string, directive: Directive): string | undefined {
  const float = floatForms.get(verb);
  if (!float) return undefined;
  const precision = directive.precision ?? float.precision;
  const text = formatFloat(value, float.form, float.form === "b" ? undefined : precision);
  const isNegative = text.startsWith("-");
  const unsigned = text.replace(/^[+-]/, "");
  const keepsZeros = directive.sharp && verb !== "b";
  const digits = keepsZeros && Number.isFinite(value) ? keepZeros(unsigned, float.form, directive.precision) : unsigned;
  return padSigned(digits, { isNegative, isFinite: Number.isFinite(value) }, directive);
}

function padSigned(digits: string, of: { isNegative: boolean; isFinite: boolean }, directive: Directive): string {
  const isInfinite = !of.isFinite && digits === "Inf";
  const plus = directive.plus || (isInfinite && !of.isNegative && !directive.space);
  const sign = of.isNegative ? "-" : plus ? "+" : directive.space ? " " : "";
  const { zero, minus, width } = directive;
  if (!zero || minus || width === undefined || !of.isFinite) return pad(sign + digits, { ...directive, zero: false });
  return sign + digits.padStart(width - sign.length, "0");
}

/** The # flag: a decimal point always, and for %g all digits of the precision. */
function keepZeros(text: string, form: FloatForm, precision: number | undefined): string {
  const tailStart = text.search(/[eEpP]/);
  const hasTail = tailStart >= 0 && (form !== "x" && form !== "X" ? true : /[pP]/.test(text[tailStart] as string));
  const head = hasTail ? text.slice(0, tailStart) : text;
  const tail = hasTail ? text.slice(tailStart) : "";
  const pointed = head.includes(".") ? head : `${head}.`;
  // For %x too, whose "x" counts as a digit; not for %X.
  if (form !== "g" && form !== "G" && form !== "x") return pointed + tail;
  const significant = pointed.replace(".", "").replace(/^0+/, "").length;
  const wanted = precision ?? 6;
  return pointed + "0".repeat(Math.max(0, wanted - Math.max(significant, pointed === "0." ? 1 : 0))) + tail;
}

export function formatText(text: string, verb: string, directive: Directive): string | undefined {
  switch (verb) {
    case "v":
      return pad(directive.sharpV ? quoteText(text, false) : truncate(text, directive), directive);
    case "s":
      return pad(truncate(text, directive), directive);
    case "q":
      return pad(quoteTruncated(truncate(text, directive), directive), directive);
    case "x":
    case "X":
      return pad(formatBytes(text, verb, directive), directive);
  }
  return undefined;
}

function truncate(text: string, { precision }: Directive): string {
  return precision === undefined ? text : Array.from(text).slice(0, precision).join("");
}

function quoteTruncated(text: string, { sharp, plus }: Directive): string {
  // A backquoted form exists for printable one-line text without backquotes.
  const canBackquote = sharp && !Array.from(text).some((character) => character === "`" || isControl(character));
  return canBackquote ? `\`${text}\`` : quoteText(text, plus);
}

function isControl(character: string): boolean {
  const code = character.codePointAt(0) as number;
  return (code < 0x20 && code !== 0x09) || code === 0x7f || code === 0xfeff;
}

function formatBytes(text: string, verb: "x" | "X", { sharp, space, precision }: Directive): string {
  const bytes = Buffer.from(text).subarray(0, precision);
  const pairs = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  const shown = verb === "X" ? pairs.map((pair) => pair.toUpperCase()) : pairs;
  const prefix = sharp ? `0${verb}` : "";
  if (shown.length === 0) return "";
  return space ? shown.map((pair) => prefix + pair).join(" ") : prefix + shown.join("");
}

/** Go's strconv.Quote, or QuoteToASCII. */
export function quoteText(text: string, asciiOnly: boolean): string {
  const quoted = quote(text);
  if (!asciiOnly) return quoted;
  return Array.from(quoted)
    .map((character) => (character < "\u0080" ? character : escapeCharacter(character)))
    .join("");
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) as number;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

function isPrintable(character: string): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character);
}
