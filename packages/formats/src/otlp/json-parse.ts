// Parses a long JSON document in steps: what is short is given to JSON.parse, the lists and objects around it are put together here.
// Goes to: json-decoder beside this. Brackets and commas are found on the way, 64 KiB at a time.
import type { Steps } from "./steps.js";

/** Of what is parsed at once: half a millisecond. */
const pieceBytesMax = 64 * 1024;

const [quote, comma, backslash] = [0x22, 0x2c, 0x5c];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

export interface JsonParseOptions {
  /** Told of each bracket and comma, before what it stands in is parsed; may throw. */
  readonly count?: (byte: number) => void;
  readonly pieceBytesMax?: number;
}

/** A list or an object that is too long to be parsed at once. */
interface LongValue {
  readonly start: number;
  readonly end: number;
  readonly value: unknown;
}

/** A list or an object that is open. */
interface Frame {
  readonly start: number;
  readonly isList: boolean;
  /** Where its commas are. */
  readonly commas: number[];
  readonly long: LongValue[];
}

/** What JSON.parse makes of the document. Throws SyntaxError, and TypeError for bytes that are no UTF-8. */
export function* parseJsonSteps(document: Uint8Array, options: JsonParseOptions = {}): Steps<unknown> {
  const isMarked = document[0] === 0xef && document[1] === 0xbb && document[2] === 0xbf;
  const text = new Text(isMarked ? document.subarray(3) : document);
  const { bytes } = text;
  const bytesMax = options.pieceBytesMax ?? pieceBytesMax;
  const open: Frame[] = [];
  let root: LongValue | undefined;
  let stepEnd = bytesMax;
  for (let i = 0; i < bytes.length; i++) {
    if (i >= stepEnd) {
      stepEnd = i + bytesMax;
      yield;
    }
    const byte = bytes[i]!;
    if (byte === quote) {
      i = endOfString(bytes, i);
      continue;
    }
    const frame = open.at(-1);
    if (byte === comma) {
      options.count?.(byte);
      frame?.commas.push(i);
    } else if (byte === openList || byte === openObject) {
      options.count?.(byte);
      open.push({ start: i, isList: byte === openList, commas: [], long: [] });
    } else if (byte === closeList || byte === closeObject) {
      if (!frame || frame.isList !== (byte === closeList))
        throw new SyntaxError(`Unexpected token '${String.fromCharCode(byte)}'`);
      open.pop();
      if (i + 1 - frame.start <= bytesMax) continue;
      const long = { start: frame.start, end: i + 1, value: yield* joinMembers(text, { ...frame, end: i }, bytesMax) };
      const outer = open.at(-1);
      if (outer) outer.long.push(long);
      else root ??= long;
    }
  }
  if (open.length > 0) throw new SyntaxError("Unexpected end of JSON input");
  if (!root) return text.parse("", 0, bytes.length, "");
  text.requireBlank(0, root.start);
  text.requireBlank(root.end, bytes.length);
  return root.value;
}

/** Where the string that begins at `start` ends. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start; ; ) {
    at = bytes.indexOf(quote, at + 1);
    if (at < 0) return bytes.length;
    let slashes = 0;
    while (bytes[at - 1 - slashes] === backslash) slashes++;
    if (slashes % 2 === 0) return at;
  }
}

class Text {
  readonly bytes: Uint8Array;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** What stands between, as JSON.parse reads it with `before` and `behind` around it. */
  parse(before: string, start: number, end: number, behind: string): unknown {
    return JSON.parse(before + this.#decoder.decode(this.bytes.subarray(start, end)) + behind);
  }

  requireBlank(start: number, end: number): void {
    // A list without items.
    this.parse("[", start, end, "]");
    if (this.isBlank(start, end)) return;
    throw new SyntaxError("Unexpected value beside a list or an object");
  }

  isBlank(start: number, end: number): boolean {
    for (let i = start; i < end; i++) if (!blanks.includes(this.bytes[i]!)) return false;
    return true;
  }
}

const blanks = [0x20, 0x0a, 0x0d, 0x09];

type ClosedFrame = Frame & { readonly end: number };

function* joinMembers(text: Text, frame: ClosedFrame, bytesMax: number): Steps<unknown> {
  const members = frame.isList ? new ListMembers(text) : new ObjectMembers(text);
  const { start, end, commas, long } = frame;
  if (commas.length === 0 && text.isBlank(start + 1, end)) return members.value;
  let next = 0;
  let from = start + 1;
  let memberStart = from;
  for (let k = 0; k <= commas.length; k++) {
    const memberEnd = commas[k] ?? end;
    const inner = long[next];
    if (inner && inner.start < memberEnd) {
      if (memberStart > from) members.add(from, memberStart - 1);
      members.addLong({ ...inner, memberStart, memberEnd });
      next++;
      from = memberEnd + 1;
      yield;
    } else if (memberEnd - from > bytesMax || k === commas.length) {
      members.add(from, memberEnd);
      from = memberEnd + 1;
      yield;
    }
    memberStart = memberEnd + 1;
  }
  return members.value;
}

type LongMember = LongValue & { readonly memberStart: number; readonly memberEnd: number };

class ListMembers {
  readonly value: unknown[] = [];
  readonly #text: Text;

  constructor(text: Text) {
    this.#text = text;
  }

  /** Some members, with the commas between them. */
  add(start: number, end: number): void {
    const items = this.#text.parse("[", start, end, "]") as unknown[];
    if (items.length === 0) throw new SyntaxError("Unexpected token ','");
    for (const item of items) this.value.push(item);
  }

  addLong({ start, end, value, memberStart, memberEnd }: LongMember): void {
    this.#text.requireBlank(memberStart, start);
    this.#text.requireBlank(end, memberEnd);
    this.value.push(value);
  }
}

class ObjectMembers {
  readonly value: Record<string, unknown> = {};
  readonly #text: Text;

  constructor(text: Text) {
    this.#text = text;
  }

  add(start: number, end: number): void {
    const entries = Object.entries(this.#text.parse("{", start, end, "}") as object);
    if (entries.length === 0) throw new SyntaxError("Unexpected token ','");
    for (const [key, value] of entries) this.#set(key, value);
  }

  addLong({ start, end, value, memberStart, memberEnd }: LongMember): void {
    const [key] = Object.keys(this.#text.parse("{", memberStart, start, "null}") as object);
    this.#text.requireBlank(end, memberEnd);
    this.#set(key as string, value);
  }

  // By assignment, one name would change what the object inherits.
  #set(key: string, value: unknown): void {
    Object.defineProperty(this.value, key, { value, writable: true, enumerable: true, configurable: true });
  }
}
