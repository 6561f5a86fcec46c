// Reads the labels of one series after the other. Neighbours in a log share most of their texts: those are compared as
// bytes with what stood at the same place before, not decoded again, and come out as the same string.
import { type Labels, labelsFromSorted } from "@narthex/model";
import type { ByteReader } from "@narthex/stdx";

interface KnownText {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** A longer text is worth no copy. */
const knownBytesMax = 256;

export class LabelTexts {
  readonly #known: (KnownText | undefined)[] = [];

  /** A count of labels as a uvarint, then name and value of each. */
  read(reader: ByteReader): Labels {
    const flat: string[] = [];
    for (let i = 0, count = 2 * reader.uvarint(); i < count; i++) flat.push(this.#readText(reader, i));
    return labelsFromSorted(flat);
  }

  #readText(reader: ByteReader, place: number): string {
    const start = reader.offset;
    const length = reader.uvarint();
    const known = this.#known[place];
    if (known?.bytes.length === length && startsWith(reader, known.bytes)) {
      reader.skip(length);
      return known.text;
    }
    reader.offset = start;
    const text = reader.text();
    if (length <= knownBytesMax) {
      this.#known[place] = { bytes: reader.bytes.slice(reader.offset - length, reader.offset), text };
    }
    return text;
  }
}

function startsWith({ bytes, offset, remaining }: ByteReader, wanted: Uint8Array): boolean {
  if (wanted.length > remaining) return false;
  for (let i = 0; i < wanted.length; i++) if (bytes[offset + i] !== wanted[i]) return false;
  return true;
}
