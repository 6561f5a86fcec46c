// Labels of very many series, in few bytes each: every text once, every pair of texts once, a series as the pairs it has.
// Comes from: whoever keeps series to send. Goes to: remote/write-encoder, which reads the columns.
// About four bytes for each label of a series, and what its texts take where no other series has them.
import type { Labels } from "@narthex/model";
import { grown } from "@narthex/stdx";
import { uvarintLength } from "./varint.js";

export class LabelTable {
  /** UTF-8 of all texts, one after the other. */
  bytes: Uint8Array = new Uint8Array(4096);
  /** Text i is `bytes` from textEnds[i] to textEnds[i + 1]. */
  textEnds: Uint32Array = new Uint32Array(256);
  /** Texts of pair i: its name and its value. */
  pairNames: Uint32Array = new Uint32Array(256);
  pairValues: Uint32Array = new Uint32Array(256);
  /** Bytes that pair i takes in version 1, with the tag and the length before it. */
  pairLengths: Uint32Array = new Uint32Array(256);
  /** Pairs of series i: `pairs` from starts[i], counts[i] of them. */
  pairs: Uint32Array = new Uint32Array(1024);
  starts: Uint32Array = new Uint32Array(64);
  counts: Uint16Array = new Uint16Array(64);
  pairCount = 0;
  #texts = new Map<string, number>();
  /** Open addressing: 1 + a pair, at the hash of its texts. */
  #pairSlots: Uint32Array = new Uint32Array(1024);
  #pairsLength = 0;
  /** Of `pairs`, those that no series has any more. */
  #pairsUnused = 0;

  get textCount(): number {
    return this.#texts.size;
  }

  /** REQUIRES: fewer than 2^16 labels. */
  set(series: number, labels: Labels): void {
    this.starts = grown(this.starts, series + 1);
    this.counts = grown(this.counts, series + 1);
    const count = labels.length / 2;
    this.#pairsUnused += this.counts[series]!;
    this.pairs = grown(this.pairs, this.#pairsLength + count);
    this.starts[series] = this.#pairsLength;
    this.counts[series] = count;
    for (let i = 0; i < labels.length; i += 2) {
      this.pairs[this.#pairsLength++] = this.#pair(this.#text(labels[i]!), this.#text(labels[i + 1]!));
    }
  }

  clear(series: number): void {
    this.#pairsUnused += this.counts[series]!;
    this.counts[series] = 0;
  }

  /** Texts and pairs that only cleared series had go, where those are many; numbers of series stay. */
  compact(): void {
    if (this.#pairsUnused < 1024 || this.#pairsUnused < this.#pairsLength / 2) return;
    const whole = new LabelTable();
    for (let series = 0; series < this.counts.length; series++) {
      if (this.counts[series] !== 0) whole.set(series, this.labelsOf(series));
    }
    whole.starts = grown(whole.starts, this.counts.length);
    whole.counts = grown(whole.counts, this.counts.length);
    Object.assign(this, whole);
    this.#texts = whole.#texts;
    this.#pairSlots = whole.#pairSlots;
    this.#pairsLength = whole.#pairsLength;
    this.#pairsUnused = 0;
  }

  labelsOf(series: number): Labels {
    const flat: string[] = [];
    const start = this.starts[series]!;
    for (let i = start; i < start + this.counts[series]!; i++) {
      const pair = this.pairs[i]!;
      flat.push(this.#read(this.pairNames[pair]!), this.#read(this.pairValues[pair]!));
    }
    // As they were given.
    return flat as unknown as Labels;
  }

  /** The value of a label, or the empty string. */
  valueOf(series: number, name: string): string {
    const wanted = this.#texts.get(name);
    const start = this.starts[series]!;
    for (let i = start; i < start + this.counts[series]!; i++) {
      const pair = this.pairs[i]!;
      if (this.pairNames[pair] === wanted) return this.#read(this.pairValues[pair]!);
    }
    return "";
  }

  #read(text: number): string {
    return Buffer.from(
      this.bytes.buffer,
      this.textEnds[text]!,
      this.textEnds[text + 1]! - this.textEnds[text]!,
    ).toString();
  }

  #text(text: string): number {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const id = this.#texts.size;
    const start = this.textEnds[id]!;
    // Three bytes for a UTF-16 unit at most.
    this.bytes = grown(this.bytes, start + 3 * text.length);
    const { written } = encoder.encodeInto(text, this.bytes.subarray(start));
    this.textEnds = grown(this.textEnds, id + 2);
    this.textEnds[id + 1] = start + written;
    this.#texts.set(text, id);
    return id;
  }

  #pair(name: number, value: number): number {
    if (2 * this.pairCount >= this.#pairSlots.length) this.#spreadPairs();
    const slots = this.#pairSlots;
    for (let at = this.#placeOf(name, value); ; at = (at + 1) & (slots.length - 1)) {
      const found = slots[at]!;
      if (found === 0) return this.#addPair({ name, value, at });
      if (this.pairNames[found - 1] === name && this.pairValues[found - 1] === value) return found - 1;
    }
  }

  #addPair({ name, value, at }: { readonly name: number; readonly value: number; readonly at: number }): number {
    const pair = this.pairCount++;
    this.pairNames = grown(this.pairNames, pair + 1);
    this.pairValues = grown(this.pairValues, pair + 1);
    this.pairNames[pair] = name;
    this.pairValues[pair] = value;
    this.pairLengths = grown(this.pairLengths, pair + 1);
    const length = pairMessageLength(this, pair);
    this.pairLengths[pair] = 1 + uvarintLength(length) + length;
    this.#pairSlots[at] = pair + 1;
    return pair;
  }

  #spreadPairs(): void {
    const slots = new Uint32Array(2 * this.#pairSlots.length);
    this.#pairSlots = slots;
    for (let pair = 0; pair < this.pairCount; pair++) {
      let at = this.#placeOf(this.pairNames[pair]!, this.pairValues[pair]!);
      while (slots[at] !== 0) at = (at + 1) & (slots.length - 1);
      slots[at] = pair + 1;
    }
  }

  #placeOf(name: number, value: number): number {
    const mixed = Math.imul(Math.imul(name, 0x9e3779b1) ^ value, 0x85ebca6b);
    return (mixed ^ (mixed >>> 15)) & (this.#pairSlots.length - 1);
  }
}

/** Of a pair's message in version 1, which has name and value as fields. */
export function pairMessageLength({ pairNames, pairValues, textEnds }: LabelTable, pair: number): number {
  const textLength = (text: number): number => {
    const length = textEnds[text + 1]! - textEnds[text]!;
    return 1 + uvarintLength(length) + length;
  };
  return textLength(pairNames[pair]!) + textLength(pairValues[pair]!);
}

const encoder = new TextEncoder();
