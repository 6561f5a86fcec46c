// YAML text → nodes that know where they stand, so that every decoder can say file:line:column.
// Comes from: config files. Goes to: yaml/decode.
import { isUtf8 } from "node:buffer";
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { parseYamlDocument } from "./document.js";

export type YamlMistake = { readonly line: number; readonly column: number; readonly text: string };

/** Everything that is wrong with one file, each line `file:line:column: text`. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly mistakes: readonly YamlMistake[];
  constructor(file: string, mistakes: readonly YamlMistake[]) {
    super(mistakes.map((m) => `${file}:${m.line}:${m.column}: ${m.text}`).join("\n"));
    this.mistakes = mistakes;
  }
}

/** YAML 1.2, 5.1, has these alone. */
const strangeCharacter = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

export class YamlFile {
  readonly name: string;
  readonly mistakes: YamlMistake[] = [];
  /** Fields that no decoder knows are passed over; set by d.lenient. */
  ignoresUnknownFields = false;
  readonly #lines = new LineCounter();
  readonly #document: Document;
  readonly #unknownAliases: Set<number> = new Set();

  /** Where the first document is followed by another one, which is not read. */
  readonly laterOffset: number | undefined;

  /** Throws ConfigError when the text is not YAML; or not UTF-8, where it comes as bytes. */
  constructor(name: string, source: string | Buffer) {
    const text = source.toString();
    this.name = name;
    const { document, laterOffset } = parseYamlDocument(text, this.#lines);
    this.#document = document;
    this.laterOffset = laterOffset;
    // The first alone: what follows a syntax error is mostly its echo.
    const [error] = this.#document.errors;
    const strange = text.search(strangeCharacter);
    if (typeof source !== "string" && !isUtf8(source)) this.report(text.indexOf("\ufffd"), "yaml: invalid UTF-8");
    else if (strange >= 0) this.report(strange, "yaml: control characters are not allowed");
    else if (error) this.report(error.pos[0], `yaml: ${error.message.trim()}`);
    if (this.mistakes.length > 0) throw new ConfigError(name, this.mistakes);
  }

  root(): YamlNode {
    return new YamlNode(this, this.#document.contents as Node | null, 0);
  }

  resolve(node: Node | null): Node | null {
    if (!isAlias(node)) return node;
    const target = node.resolve(this.#document) as Node | undefined;
    if (target) return target;
    const offset = node.range?.[0] ?? 0;
    // A node may be looked at more than once.
    if (!this.#unknownAliases.has(offset)) this.report(offset, `yaml: unknown anchor '${node.source}' referenced`);
    this.#unknownAliases.add(offset);
    return null;
  }

  report(offset: number, text: string): void {
    const { line, col } = this.#lines.linePos(offset);
    this.mistakes.push({ line: Math.max(line, 1), column: Math.max(col, 1), text });
  }
}

/** Signals that a node was reported as wrong; decoding goes on with its siblings. */
export class MistakeReported extends Error {}

export type YamlField = { readonly key: string; readonly keyOffset: number; readonly value: YamlNode };

export class YamlNode {
  readonly file: YamlFile;
  readonly offset: number;
  readonly #node: Node | null;

  constructor(file: YamlFile, node: Node | null, offset: number) {
    this.file = file;
    this.offset = node?.range?.[0] ?? offset;
    this.#node = file.resolve(node);
  }

  /** Reports what is wrong here and leaves this node. */
  fail(text: string): never {
    this.file.report(this.offset, text);
    throw new MistakeReported(text);
  }

  isNull(): boolean {
    return this.#node === null || (isScalar(this.#node) && this.#node.value === null);
  }

  /** Scalar text as written (numbers and booleans too); undefined for maps, lists and null. */
  text(): string | undefined {
    const node = this.#node;
    if (!isScalar(node) || node.value === null) return undefined;
    if (typeof node.value === "string") return node.value;
    return node.value instanceof Uint8Array ? this.#binary(node.value, node.source ?? "") : (node.source ?? "");
  }

  #binary(bytes: Uint8Array, source: string): string {
    if (!/^[\w+/\s]*={0,2}\s*$/.test(source)) return this.fail("!!binary value contains invalid base64 data");
    return textOfBytes(bytes);
  }

  /** Boolean or number as YAML read it; undefined for anything else. */
  primitive(): boolean | number | undefined {
    const node = this.#node;
    if (!isScalar(node)) return undefined;
    return typeof node.value === "boolean" || typeof node.value === "number" ? node.value : undefined;
  }

  items(): YamlNode[] | undefined {
    const node = this.#node;
    if (!isSeq(node)) return undefined;
    return node.items.map((item) => new YamlNode(this.file, item as Node | null, this.offset));
  }

  /** Own fields in order, then those merged by `<<` that are not set here. */
  fields(): YamlField[] | undefined {
    const node = this.#node;
    return isMap(node) ? this.#fieldsOf(node) : undefined;
  }

  #fieldsOf(map: YAMLMap): YamlField[] {
    const own: YamlField[] = [];
    const merged: YamlField[] = [];
    for (const pair of map.items) {
      const keyNode = pair.key as Node | null;
      const keyOffset = keyNode?.range?.[0] ?? this.offset;
      const key = isScalar(keyNode) ? keyText(keyNode) : "";
      if (key === "<<") merged.push(...this.#mergedFields(pair.value as Node | null));
      else own.push({ key, keyOffset, value: new YamlNode(this.file, pair.value as Node | null, keyOffset) });
    }
    const seen = new Set(own.map((field) => field.key));
    return [...own, ...merged.filter((field) => !seen.has(field.key))];
  }

  #mergedFields(value: Node | null): YamlField[] {
    const source = this.file.resolve(value);
    if (isMap(source)) return this.#fieldsOf(source);
    if (isSeq(source)) return source.items.flatMap((item) => this.#mergedFields(item as Node | null));
    return [];
  }

  /** What Prometheus' errors call the node: "!!map", "!!seq", or "!!str `text`". */
  describe(): string {
    if (isMap(this.#node)) return "!!map";
    if (isSeq(this.#node)) return "!!seq";
    const primitive = this.primitive();
    const tag = typeof primitive === "boolean" ? "bool" : typeof primitive === "number" ? numberTag(primitive) : "str";
    return `!!${tag} \`${this.text() ?? ""}\``;
  }
}

function keyText({ value, source }: Scalar): string {
  return value instanceof Uint8Array ? textOfBytes(value) : (source ?? "");
}

/** Bytes that are no UTF-8 become lone surrogates, U+DC00 and the byte: no valid name or value holds those. */
function textOfBytes(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte)).join("");
  }
}

function numberTag(value: number): string {
  return Number.isInteger(value) ? "int" : "float";
}
