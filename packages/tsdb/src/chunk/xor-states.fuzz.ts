// Whatever windows chunks were read in before, and however far they have grown since, a window of them has the rows it has by the
// plain decoder, which remembers nothing.
// A longer run: FUZZ_ROUNDS=1000 npx vitest run packages/tsdb/src/chunk/xor-states.fuzz.ts
import { SampleColumns } from "@narthex/model";
import { randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { randomSeries } from "../testdata/floats.js";
import { chunkEncoding } from "./encoding.js";
import { decodeXor } from "./xor-decode.js";
import { appendXor, XorStates } from "./xor-encode.js";
import { XorDecoder } from "./xor-kernel.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 20);
const chunkRoom = 8192;

/** A chunk that may grow: its bytes with the first so many samples of a series. */
class GrowingChunk {
  readonly states: XorStates = new XorStates(1);
  readonly columns: SampleColumns;
  count = 0;

  constructor(columns: SampleColumns) {
    this.columns = columns;
    this.states.bytes = new Uint8Array(chunkRoom);
    this.states.reset(0);
  }

  grow(count: number): void {
    const { t, words } = this.columns;
    for (; this.count < Math.min(count, this.columns.count); this.count++) {
      const i = this.count;
      appendXor(this.states, 0, t[i]!, words[2 * i + 1]!, words[2 * i]!);
    }
    this.states.writeCount(0, this.states.bytes);
  }

  get end(): number {
    return this.states.byteLength(0);
  }
}

/** On a grid or off it, changing or constant. */
function someSeries(random: () => number): SampleColumns {
  if (random() < 0.3) return randomSeries(random);
  const columns = new SampleColumns();
  const jitter = random() < 0.5 ? 0 : 100;
  const isConstant = random() < 0.3;
  for (let i = 0; i < 130; i++) {
    columns.pushFloat(
      i * 5000 + Math.floor(random() * jitter),
      isConstant && random() < 0.95 ? 7 : Math.floor(random() * 100),
    );
  }
  return columns;
}

function rowsOf({ count, t, words }: SampleColumns): object {
  return { t: t.slice(0, count), words: words.slice(0, 2 * count) };
}

test(`windows of chunks that were read before are read as at first (seeds 1–${rounds})`, () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const random = randomFrom(seed);
    const chunks = Array.from({ length: 60 }, () => new GrowingChunk(someSeries(random)));
    const decoder = new XorDecoder(4 * chunkRoom);
    for (let step = 0; step < 200; step++) {
      const first = Math.floor(random() * chunks.length);
      const some = chunks.slice(first, first + 1 + Math.floor(random() * 3));
      const { t, count } = (some[0] as GrowingChunk).columns;
      const after = t[Math.floor(random() * count)]! - Math.floor(random() * 2);
      const window = { after, end: after + Math.floor(random() * 700_000) };
      const run = new SampleColumns();
      const oneByOne = new SampleColumns();
      decoder.begin(run, window);
      let isWhole = true;
      some.forEach((chunk, i) => {
        chunk.grow(Math.floor(chunk.count + 1 + random() * 60));
        const { end } = chunk;
        const { bytes } = chunk.states;
        isWhole = decodeXor({ encoding: chunkEncoding.xor, bytes, start: 0, end }, oneByOne, window) && isWhole;
        const at = decoder.spareAt + i * chunkRoom;
        decoder.memory.set(bytes.subarray(0, end), at);
        decoder.add(at, at + end, { owner: first + i - 70, place: 1e12 });
      });
      expect(decoder.finish(), `seed ${seed}, step ${step}`).toBe(isWhole);
      expect(rowsOf(run), `seed ${seed}, step ${step}`).toEqual(rowsOf(oneByOne));
    }
  }
});

/** The sample that the plain decoder gives last, up to a time. */
function lastUpTo({ states, end }: GrowingChunk, time: number): object | undefined {
  const columns = new SampleColumns();
  const window = { after: Number.NEGATIVE_INFINITY, end: time };
  decodeXor({ encoding: chunkEncoding.xor, bytes: states.bytes, start: 0, end }, columns, window);
  const { count, t, words } = columns;
  return count === 0 ? undefined : { t: t[count - 1]!, words: words.slice(2 * count - 2, 2 * count) };
}

test(`last samples of chunks, whose begin need not be there, are the plain decoder's (seeds 1–${rounds})`, () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const random = randomFrom(seed);
    const chunks = Array.from({ length: 20 }, () => new GrowingChunk(someSeries(random)));
    const decoder = new XorDecoder(chunks.length * chunkRoom);
    let passedCount = 0;
    for (let step = 0; step < 60; step++) {
      const { t, count } = (chunks[step % chunks.length] as GrowingChunk).columns;
      const time = t[Math.floor(random() * count)]! - Math.floor(random() * 2);
      const rows = { t: new Float64Array(chunks.length), words: new Uint32Array(2 * chunks.length) };
      decoder.beginLatest(rows, time);
      chunks.forEach((chunk, i) => {
        chunk.grow(Math.floor(chunk.count + 1 + random() * 20));
        const key = { owner: -1 - 2 * i, place: 1e12 };
        const passed = random() < 0.8 ? decoder.passedBytes(key, chunk.count) : 0;
        const at = decoder.spareAt + i * chunkRoom;
        decoder.memory.fill(0xff, at, at + passed);
        decoder.memory.set(chunk.states.bytes.subarray(0, 2), at);
        decoder.memory.set(chunk.states.bytes.subarray(passed, chunk.end), at + passed);
        decoder.addLatest(i, { start: at, end: at + chunk.end, passed }, key);
        if (passed > 0) passedCount++;
      });
      decoder.decodeAdded();
      chunks.forEach((chunk, i) => {
        const isFound = !Number.isNaN(rows.t[i]);
        const found = isFound ? { t: rows.t[i], words: rows.words.slice(2 * i, 2 * i + 2) } : undefined;
        expect(found, `seed ${seed}, step ${step}, chunk ${i}`).toEqual(lastUpTo(chunk, time));
      });
      // Windows leave states behind, too, and find those that are there.
      const window = { after: time, end: time + 100_000 };
      const run = new SampleColumns();
      const plain = new SampleColumns();
      decoder.begin(run, window);
      const at = decoder.spareAt;
      const [{ states, end, count: samples }] = chunks as [GrowingChunk];
      const key = { owner: -1, place: 1e12 };
      const passed = decoder.passedBytes(key, samples);
      decoder.memory.fill(0xff, at, at + passed);
      decoder.memory.set(states.bytes.subarray(0, 2), at);
      decoder.memory.set(states.bytes.subarray(passed, end), at + passed);
      if (passed > 0) decoder.addTail(at, at + end, key);
      else decoder.add(at, at + end, key);
      expect(decoder.finish()).toBe(true);
      decodeXor({ encoding: chunkEncoding.xor, bytes: states.bytes, start: 0, end }, plain, window);
      expect(rowsOf(run), `seed ${seed}, step ${step}`).toEqual(rowsOf(plain));
    }
    expect(passedCount).toBeGreaterThan(300);
  }
});

test("more chunks than there is room to remember are read as at first", () => {
  const random = randomFrom(1);
  const chunk = new GrowingChunk(someSeries(random));
  chunk.grow(100);
  const { states, end } = chunk;
  const other = new GrowingChunk(someSeries(random));
  other.grow(100);
  const decoder = new XorDecoder(2 * chunkRoom);
  decoder.memory.set(states.bytes.subarray(0, end), decoder.spareAt);
  decoder.memory.set(other.states.bytes.subarray(0, other.end), decoder.spareAt + chunkRoom);
  // So far apart, chunks of a segment have the same two records to choose from.
  const apart = 2 ** 21;
  for (let step = 0; step < 300; step++) {
    const place = Math.floor(random() * 6);
    // A place tells which of the two stands there.
    const [one, at] = place % 2 === 0 ? [other, decoder.spareAt + chunkRoom] : [chunk, decoder.spareAt];
    const after = one.columns.t[40 + Math.floor(random() * 50)]!;
    const window = { after, end: after + 20_000 };
    const run = new SampleColumns();
    const plain = new SampleColumns();
    decoder.begin(run, window);
    decoder.add(at, at + one.end, { owner: 1, place: place * apart });
    expect(decoder.finish()).toBe(true);
    decodeXor({ encoding: chunkEncoding.xor, bytes: one.states.bytes, start: 0, end: one.end }, plain, window);
    expect(rowsOf(run), `step ${step}`).toEqual(rowsOf(plain));
  }
});
