// fmt.Sprintf, Sprint and Sprintln over template values.
import type { Value } from "../value/value.js";
import { typeName } from "../value/value.js";
import type { Directive } from "./directive.js";
import { formatValue, printValue } from "./value.js";

/** Operands beside each other, a space between two that are both no strings. */
export function sprint(args: readonly Value[]): string {
  let text = "";
  args.forEach((arg, i) => {
    if (i > 0 && typeof arg !== "string" && typeof args[i - 1] !== "string") text += " ";
    text += printValue(arg);
  });
  return text;
}

export function sprintln(args: readonly Value[]): string {
  return `${args.map(printValue).join(" ")}\n`;
}

interface Scan {
  readonly format: string;
  readonly args: readonly Value[];
  offset: number;
  argIndex: number;
  isReordered: boolean;
  /** An argument index of the current verb that does not name an argument. */
  isIndexBad: boolean;
}

export function sprintf(format: string, args: readonly Value[]): string {
  const scan: Scan = { format, args, offset: 0, argIndex: 0, isReordered: false, isIndexBad: false };
  let text = "";
  let isReordered = false;
  for (;;) {
    const at = format.indexOf("%", scan.offset);
    text += format.slice(scan.offset, at < 0 ? format.length : at);
    if (at < 0) break;
    scan.offset = at + 1;
    text += formatVerb(scan);
    isReordered ||= scan.isReordered;
  }
  return isReordered || scan.argIndex >= args.length ? text : text + printExtra(args.slice(scan.argIndex));
}

function printExtra(args: readonly Value[]): string {
  const shown = args.map((arg) =>
    arg === null || arg === undefined ? "<nil>" : `${typeName(arg)}=${printValue(arg)}`,
  );
  return `%!(EXTRA ${shown.join(", ")})`;
}

function formatVerb(scan: Scan): string {
  scan.isIndexBad = false;
  scan.isReordered = false;
  const flags = scanFlags(scan);
  const { width, precision, note } = scanNumbers(scan);
  const code = scan.format.codePointAt(scan.offset);
  if (code === undefined) return `${note}%!(NOVERB)`;
  const verb = String.fromCodePoint(code);
  scan.offset += verb.length;
  if (verb === "%") return `${note}%`;
  if (scan.isIndexBad) return `${note}%!${verb}(BADINDEX)`;
  if (scan.argIndex >= scan.args.length) return `${note}%!${verb}(MISSING)`;
  const isLeft = flags.minus || (width !== undefined && width < 0);
  const isV = verb === "v";
  const directive: Directive = {
    ...flags,
    plus: flags.plus && !isV,
    plusV: flags.plus && isV,
    sharp: flags.sharp && !isV,
    sharpV: flags.sharp && isV,
    minus: isLeft,
    zero: flags.zero && !isLeft,
    width: width === undefined ? undefined : Math.abs(width),
    precision,
  };
  return note + formatValue(scan.args[scan.argIndex++], verb, directive);
}

type Flags = Pick<Directive, "plus" | "minus" | "sharp" | "space" | "zero">;

function scanFlags(scan: Scan): Flags {
  const start = scan.offset;
  while (scan.offset < scan.format.length && "+-# 0".includes(scan.format[scan.offset] as string)) scan.offset++;
  const flags = scan.format.slice(start, scan.offset);
  return {
    plus: flags.includes("+"),
    minus: flags.includes("-"),
    sharp: flags.includes("#"),
    space: flags.includes(" "),
    zero: flags.includes("0"),
  };
}

interface Numbers {
  width: number | undefined;
  precision: number | undefined;
  /** What is wrong with a width or precision taken from an argument. */
  note: string;
}

/** Width, precision and the argument indexes between them: [2]*.[1]*[3]. */
function scanNumbers(scan: Scan): Numbers {
  const numbers: Numbers = { width: undefined, precision: undefined, note: "" };
  let afterIndex = scanArgumentIndex(scan);
  if (scan.format[scan.offset] === "*") {
    numbers.width = scanStar(scan);
    if (numbers.width === undefined) numbers.note += "%!(BADWIDTH)";
    afterIndex = false;
  } else {
    numbers.width = scanNumber(scan);
    if (afterIndex && numbers.width !== undefined) scan.isIndexBad = true;
  }
  if (scan.format[scan.offset] === ".") afterIndex = scanPrecision(scan, numbers, afterIndex);
  if (!afterIndex) scanArgumentIndex(scan);
  return numbers;
}

function scanPrecision(scan: Scan, numbers: Numbers, afterIndex: boolean): boolean {
  scan.offset++;
  if (afterIndex) scan.isIndexBad = true;
  const isIndexed = scanArgumentIndex(scan);
  if (scan.format[scan.offset] !== "*") {
    numbers.precision = scanNumber(scan) ?? 0;
    return isIndexed;
  }
  numbers.precision = scanStar(scan);
  if (numbers.precision === undefined || numbers.precision < 0) {
    numbers.precision = undefined;
    numbers.note += "%!(BADPREC)";
  }
  return false;
}

// Go's own bound on widths.
const numberMax = 1_000_000;

function scanNumber(scan: Scan): number | undefined {
  const start = scan.offset;
  while (/[0-9]/.test(scan.format[scan.offset] ?? "")) scan.offset++;
  if (scan.offset === start) return undefined;
  const number = Number(scan.format.slice(start, scan.offset));
  return number > numberMax ? undefined : number;
}

function scanStar(scan: Scan): number | undefined {
  scan.offset++;
  if (scan.argIndex >= scan.args.length) return undefined;
  const arg = scan.args[scan.argIndex++];
  if (typeof arg !== "bigint" || arg > BigInt(numberMax) || arg < BigInt(-numberMax)) return undefined;
  return Number(arg);
}

/** Moves to the argument that [n] names; whether there was one. */
function scanArgumentIndex(scan: Scan): boolean {
  if (scan.format[scan.offset] !== "[") return false;
  scan.isReordered = true;
  const close = scan.format.indexOf("]", scan.offset);
  if (close < 0) {
    scan.isIndexBad = true;
    scan.offset++;
    return false;
  }
  const index = /^[0-9]+$/.test(scan.format.slice(scan.offset + 1, close))
    ? Number(scan.format.slice(scan.offset + 1, close))
    : 0;
  scan.offset = close + 1;
  if (index < 1 || index > scan.args.length) scan.isIndexBad = true;
  else scan.argIndex = index - 1;
  return true;
}
