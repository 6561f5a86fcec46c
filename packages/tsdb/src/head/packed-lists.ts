// Many ascending lists of numbers in one byte array: postings, at little more than a byte per entry.
//
// An entry is the varint of its difference to the one before (to 0 for the first). Where it is not above the one before,
// a zero byte stands ahead of the number itself. A list is a chain of pieces, so that it grows without moving and leaves
// no outgrown copy behind; a place is a piece's number, 0 for none.
//
//   piece: next place<4> data<28>

import { GrowingColumns } from "../growing-columns.js";

const pieceBytes = 32;
const linkBytes = 4;
const pieceWords = pieceBytes / 4;

export class PackedLists {
  // Piece 0 stays empty, so that 0 means none.
  readonly #columns = new GrowingColumns().resize(256 * pieceWords);
  #words = this.#columns.uint32();
  #bytes = bytesOf(this.#words);
  #used = 1;
  #firstFree = 0;

  /** Bytes of all pieces, those that no list has included. */
  get bytesReserved(): number {
    return this.#bytes.length;
  }

  /** A new list; returns its only piece, which is where the first `push` begins. */
  create(): number {
    const place = this.#firstFree;
    if (place === 0) return this.#carve();
    this.#firstFree = this.#words[place * pieceWords]!;
    this.#words[place * pieceWords] = 0;
    return place;
  }

  /** Writes an entry at a cursor, which is an offset in the array; returns the cursor behind it. */
  push(cursor: number, difference: number, value: number): number {
    if (difference > 0) return this.#writeVarint(cursor, difference);
    return this.#writeVarint(this.#writeByte(cursor, 0), value);
  }

  /** Cursor at the start of the piece. */
  startOf(place: number): number {
    return place * pieceBytes + linkBytes;
  }

  /** Fills `into` with the first entries of the list that begins at the piece. */
  read(place: number, into: Uint32Array): void {
    const bytes = this.#bytes;
    const words = this.#words;
    let at = this.startOf(place);
    let value = 0;
    // A varint being read, its next scale, and whether it is a number itself.
    let varint = 0;
    let scale = 1;
    let isWhole = false;
    for (let i = 0; i < into.length; ) {
      if ((at & (pieceBytes - 1)) === 0) at = this.startOf(words[(at - pieceBytes) >>> 2]!);
      const byte = bytes[at++]!;
      // Most entries: the difference to a neighbour.
      if (scale === 1 && byte !== 0 && byte < 0x80 && !isWhole) {
        value += byte;
        into[i++] = value;
        continue;
      }
      if (byte === 0 && scale === 1) {
        isWhole = true;
        continue;
      }
      varint += (byte & 0x7f) * scale;
      if (byte >= 0x80) {
        scale *= 0x80;
        continue;
      }
      value = isWhole ? varint : value + varint;
      into[i++] = value;
      varint = 0;
      scale = 1;
      isWhole = false;
    }
  }

  /** Gives back all pieces of the list that begins at the piece. */
  release(place: number): void {
    let last = place;
    for (let next = this.#next(last); next !== 0; next = this.#next(last)) last = next;
    this.#words[last * pieceWords] = this.#firstFree;
    this.#firstFree = place;
  }

  #next(place: number): number {
    return this.#words[place * pieceWords]!;
  }

  #writeVarint(cursor: number, value: number): number {
    let at = cursor;
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) at = this.#writeByte(at, (rest & 0x7f) | 0x80);
    return this.#writeByte(at, rest);
  }

  // A cursor at the end of a piece stands for the start of the next, which is made when a byte comes.
  #writeByte(cursor: number, byte: number): number {
    let at = cursor;
    if (at % pieceBytes === 0) {
      const next = this.create();
      this.#words[(at - pieceBytes) / 4] = next;
      at = this.startOf(next);
    }
    this.#bytes[at] = byte;
    return at + 1;
  }

  #carve(): number {
    if ((this.#used + 1) * pieceWords > this.#words.length) this.#grow();
    return this.#used++;
  }

  #grow(): void {
    const pieces = Math.ceil((this.#words.length / pieceWords) * 1.5);
    this.#words = this.#columns.resize(pieces * pieceWords).uint32(this.#words);
    this.#bytes = bytesOf(this.#words);
  }
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
