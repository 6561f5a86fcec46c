// The postings offset table of an index: where the postings of each label pair stand (docs/formats/index.md).
// Of a table in order every 32nd entry is remembered and the rest read when needed; version 1 has no order, and is
// held whole.
// Comes from: block/index-reader.
import { ByteReader, compareUtf8 } from "@narthex/stdx";
import { CorruptionError, decodedAt } from "../errors.js";
import type { PagedFile } from "./paged-file.js";

const sampleEvery = 32;

/** Some values of one label name, ascending, and for each where its entry stands or, in a whole list, its postings. */
interface Values {
  readonly texts: string[];
  readonly offsets: number[];
  /** Where the entries of the name end; undefined for a whole list. */
  end: number | undefined;
}

export interface PostingsTableOptions {
  readonly file: PagedFile;
  /** Where the content of the table begins in the file. */
  readonly start: number;
  readonly content: Uint8Array;
  readonly isSorted: boolean;
}

export class PostingsTable {
  readonly #file: PagedFile;
  readonly #names: Map<string, Values>;

  constructor(options: PostingsTableOptions) {
    this.#file = options.file;
    const place = { file: options.file.path, offset: options.start };
    this.#names = decodedAt(place, () => (options.isSorted ? sampledNames(options) : wholeNames(options)));
  }

  names(): string[] {
    return [...this.#names.keys()].filter((name) => name !== "");
  }

  /** Gives (value, offset of its postings) in order, from some value at or before `from` on, until `visit` returns false. */
  scan(name: string, from: string, visit: (value: string, offset: number) => boolean): void {
    const values = this.#names.get(name);
    if (!values) return;
    const { texts, offsets, end } = values;
    const first = Math.max(0, lastAtMost(texts, from));
    if (end !== undefined) this.#scanFile({ start: offsets[first] as number, end }, visit);
    else for (let i = first; i < texts.length; i++) if (!visit(texts[i] as string, offsets[i] as number)) return;
  }

  #scanFile(
    span: { readonly start: number; readonly end: number },
    visit: (value: string, offset: number) => boolean,
  ): void {
    const reader = new ByteReader(this.#file.bytes(span.start, span.end - span.start));
    decodedAt({ file: this.#file.path, offset: span.start }, () => {
      while (reader.remaining > 0) {
        reader.uvarint();
        reader.skip(reader.uvarint());
        const value = reader.text();
        if (!visit(value, reader.uvarint())) return;
      }
    });
  }
}

function sampledNames(options: PostingsTableOptions): Map<string, Values> {
  const names = new Map<string, Values>();
  const reader = new ByteReader(options.content);
  let current: Values | undefined;
  let currentName = "";
  for (let rest = reader.u32(), inName = 0; rest > 0; rest--, inName++) {
    const position = options.start + reader.offset;
    const name = readName(reader, options);
    if (!current || name !== currentName) {
      current = { texts: [], offsets: [], end: position };
      currentName = name;
      inName = 0;
      names.set(name, current);
    }
    if (inName % sampleEvery === 0) {
      current.texts.push(reader.text());
      current.offsets.push(position);
    } else reader.skip(reader.uvarint());
    reader.uvarint();
    current.end = options.start + reader.offset;
  }
  return names;
}

function wholeNames(options: PostingsTableOptions): Map<string, Values> {
  const entries = new Map<string, [text: string, offset: number][]>();
  const reader = new ByteReader(options.content);
  for (let rest = reader.u32(); rest > 0; rest--) {
    const name = readName(reader, options);
    const entry: [string, number] = [reader.text(), reader.uvarint()];
    const known = entries.get(name);
    if (known) known.push(entry);
    else entries.set(name, [entry]);
  }
  const names = new Map<string, Values>();
  for (const [name, list] of entries) {
    list.sort(([a], [b]) => compareUtf8(a, b));
    names.set(name, { texts: list.map(([text]) => text), offsets: list.map(([, offset]) => offset), end: undefined });
  }
  return names;
}

/** The first key of an entry. */
function readName(reader: ByteReader, { file, start }: PostingsTableOptions): string {
  const offset = start + reader.offset;
  if (reader.uvarint() !== 2) throw new CorruptionError("postings entry without two keys", { file: file.path, offset });
  return reader.text();
}

/** Index of the last text at or below `wanted`; -1 when all are above. */
function lastAtMost(texts: readonly string[], wanted: string): number {
  let low = 0;
  let high = texts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareUtf8(texts[middle] as string, wanted) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
