// The postings offset table of an index: where the postings of each label pair stand (docs/formats/index.md).
// Of a table in order every 32nd entry is remembered and the rest read when needed; version 1 has no order, and is
// held whole.
// Comes from: block/index-reader.
import { ByteReader, compareUtf8, decodeUtf8 } from "@narthex/stdx";
import { CorruptionError, decodedAt } from "../errors.js";
import type { PagedFile } from "./paged-file.js";

const sampleEvery = 32;
const entriesPerStep = 2048;
const samplesPerPart = 16;

/** Some values of one label name, ascending, and for each where its entry stands or, in a whole list, its postings. */
interface Values {
  readonly texts: string[];
  readonly offsets: number[];
  /** Where the entries of the name end; undefined for a whole list. */
  end: number | undefined;
}

export interface PostingsTableOptions {
  /** Where the content of the table begins in the file. */
  readonly start: number;
  readonly content: Uint8Array;
  readonly isSorted: boolean;
}

export class PostingsTable {
  readonly #file: PagedFile;
  #names: ReadonlyMap<string, Values> = new Map();

  constructor(file: PagedFile) {
    this.#file = file;
  }

  /** Reads the table, in steps of about a millisecond; nothing is found before. Throws CorruptionError. */
  *load(options: PostingsTableOptions): Generator<void> {
    const place = { file: this.#file.path, offset: options.start };
    if (!options.isSorted) this.#names = decodedAt(place, () => wholeNames(this.#file.path, options));
    else {
      const sampler = decodedAt(place, () => new NameSampler(this.#file.path, options));
      while (decodedAt(place, () => sampler.next())) yield;
      this.#names = sampler.names;
    }
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

  /** All values, in order. */
  *valueParts(name: string): Generator<readonly string[]> {
    const values = this.#names.get(name);
    if (!values) return;
    const { texts, offsets, end } = values;
    if (end === undefined) {
      yield texts;
      return;
    }
    for (let i = 0; i < offsets.length; i += samplesPerPart) {
      const part: string[] = [];
      const span = { start: offsets[i] as number, end: offsets[i + samplesPerPart] ?? end };
      this.#scanFile(span, (value) => part.push(value) > 0);
      yield part;
    }
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

/** Goes through a table in order, some entries at a time. */
class NameSampler {
  readonly names = new Map<string, Values>();
  readonly #path: string;
  readonly #options: PostingsTableOptions;
  readonly #reader: ByteReader;
  #rest: number;
  #current: Values | undefined;
  #name: TextSpan = { start: 0, length: 0 };
  #inName = 0;

  constructor(path: string, options: PostingsTableOptions) {
    this.#path = path;
    this.#options = options;
    this.#reader = new ByteReader(options.content);
    this.#rest = this.#reader.u32();
  }

  /** False at the end. */
  next(): boolean {
    for (let count = 0; count < entriesPerStep && this.#rest > 0; count++, this.#rest--) this.#sample();
    return this.#rest > 0;
  }

  #sample(): void {
    const { start, content } = this.#options;
    const reader = this.#reader;
    const position = start + reader.offset;
    const length = readNameLength(reader, this.#path, start);
    const name = { start: reader.offset, length };
    reader.skip(length);
    // Nearly all entries have the name of the one before: no text is made for them.
    if (!this.#current || !isSameText(content, this.#name, name)) {
      this.#name = name;
      this.#current = { texts: [], offsets: [], end: position };
      this.#inName = 0;
      this.names.set(decodeUtf8(content, name.start, name.start + length), this.#current);
    }
    if (this.#inName++ % sampleEvery === 0) {
      this.#current.texts.push(reader.text());
      this.#current.offsets.push(position);
    } else reader.skip(reader.uvarint());
    reader.uvarint();
    this.#current.end = start + reader.offset;
  }
}

function wholeNames(path: string, options: PostingsTableOptions): Map<string, Values> {
  const entries = new Map<string, [text: string, offset: number][]>();
  const reader = new ByteReader(options.content);
  for (let rest = reader.u32(); rest > 0; rest--) {
    const length = readNameLength(reader, path, options.start);
    const name = decodeUtf8(options.content, reader.offset, reader.offset + length);
    reader.skip(length);
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

/** Reads up to the first key of an entry; returns the key's length. */
function readNameLength(reader: ByteReader, file: string, start: number): number {
  const offset = start + reader.offset;
  if (reader.uvarint() !== 2) throw new CorruptionError("postings entry without two keys", { file, offset });
  return reader.uvarint();
}

interface TextSpan {
  readonly start: number;
  readonly length: number;
}

function isSameText(bytes: Uint8Array, a: TextSpan, b: TextSpan): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (bytes[a.start + i] !== bytes[b.start + i]) return false;
  return true;
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
