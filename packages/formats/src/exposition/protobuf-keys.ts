// Names and labels of a protobuf body, written out as the text format has them, so that everything behind the parser
// (series cache, labels.ts) knows one form of key only.
import { isLegacyLabelName, isLegacyMetricName } from "@narthex/model";
import { ByteWriter, encodeUtf8 } from "@narthex/stdx";
import type { MetadataKind } from "./columns.js";
import { escapeQuoted } from "./labels.js";
import type { MetadataRange } from "./metadata.js";

export interface KeyRange {
  readonly start: number;
  readonly end: number;
}

export class KeyWriter {
  readonly #writer: ByteWriter = new ByteWriter(64 * 1024);

  bytes(): Uint8Array {
    return this.#writer.bytes();
  }

  /** `pairs`: what `printPairs` gave; `bound`: a further pair such as `le="0.5"`. */
  key(name: string, pairs: string, bound: string): KeyRange {
    const inside = pairs === "" || bound === "" ? pairs + bound : `${pairs},${bound}`;
    if (!isLegacyMetricName(name)) return this.#write(`{"${escapeQuoted(name)}"${inside === "" ? "" : ","}${inside}}`);
    return this.#write(inside === "" ? name : `${name}{${inside}}`);
  }

  /** An exemplar's labels; the range begins behind the brace. */
  exemplar(pairs: string): KeyRange {
    const { start, end } = this.#write(`{${pairs}}`);
    return { start: start + 1, end };
  }

  /** A line of metadata: "HELP name text". */
  metadata(kind: MetadataKind, name: string, text: string): MetadataRange {
    const lineStart = this.#writer.length;
    this.#raw(`${kind.toUpperCase()} `);
    const nameRange = this.#write(escapeQuoted(name));
    const textRange = this.#write(kind === "help" ? escapeQuoted(text) : text);
    return {
      kind,
      lineStart,
      nameStart: nameRange.start,
      nameEnd: nameRange.end,
      textStart: textRange.start,
      textEnd: textRange.end,
    };
  }

  // A blank follows, where a key without braces ends.
  #write(text: string): KeyRange {
    const start = this.#writer.length;
    this.#raw(text);
    const end = this.#writer.length;
    this.#raw(" ");
    return { start, end };
  }

  #raw(text: string): void {
    this.#writer.raw(encodeUtf8(text));
  }
}

/** `a="b",c="d"` */
export function printPairs(pairs: readonly (readonly [name: string, value: string])[]): string {
  return pairs
    .map(([name, value]) => {
      const printed = isLegacyLabelName(name) ? name : `"${escapeQuoted(name)}"`;
      return `${printed}="${escapeQuoted(value)}"`;
    })
    .join(",");
}
