// Random series, encoded, then decoded, must come back bit for bit; garbage must neither throw nor hang.
// A longer run: FUZZ_ROUNDS=10000 npx vitest run packages/tsdb/src/chunk/xor.fuzz.ts
import { rowNotes, SampleColumns, wordsOf } from "@narthex/model";
import { randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { randomSeries } from "../testdata/floats.js";
import { type ChunkData, type ChunkWindow, chunkEncoding } from "./encoding.js";
import { decodeXor } from "./xor-decode.js";
import { appendXor, XorStates } from "./xor-encode.js";
import { XorDecoder } from "./xor-kernel.js";
import { readXorTail } from "./xor-tail.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 100);
const everything = { after: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };

function encode(columns: SampleColumns, base: number): XorStates & { readonly end: number } {
  const states = new XorStates(1);
  states.bytes = new Uint8Array(8192).fill(0xaa);
  states.base = base;
  states.reset(0);
  for (let i = 0; i < columns.count; i++) {
    appendXor(states, 0, columns.t[i]!, columns.words[2 * i + 1]!, columns.words[2 * i]!);
  }
  states.writeCount(0, states.bytes.subarray(base));
  return Object.assign(states, { end: base + states.byteLength(0) });
}

test(`any series survives encoding and decoding, bit for bit (seeds 1–${rounds})`, () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const random = randomFrom(seed);
    const columns = randomSeries(random);
    const start = Math.floor(random() * 100);
    const { bytes, end } = encode(columns, start);
    const back = new SampleColumns();
    expect(decodeXor({ encoding: chunkEncoding.xor, bytes, start, end }, back, everything), `seed ${seed}`).toBe(true);
    expect(back.t.subarray(0, back.count), `seed ${seed}`).toEqual(columns.t.subarray(0, columns.count));
    expect(wordsOf(back.v).subarray(0, 2 * back.count), `seed ${seed}`).toEqual(
      columns.words.subarray(0, 2 * columns.count),
    );
  }
});

test(`a chunk's tail is what its encoder knew (seeds 1–${rounds})`, () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const random = randomFrom(seed);
    const columns = randomSeries(random);
    const start = Math.floor(random() * 100);
    const states = encode(columns, start);
    const { bytes, end } = states;
    const marked = 1 + Math.floor(random() * columns.count);
    const tail = readXorTail({ encoding: chunkEncoding.xor, bytes, start, end }, { marked });
    const i = columns.count - 1;
    expect(tail, `seed ${seed}`).toEqual({
      count: columns.count,
      bits: states.bits[0],
      firstTime: columns.t[0],
      markedTime: columns.t[marked - 1],
      t: columns.t[i],
      delta: i === 0 ? 0 : columns.t[i]! - columns.t[i - 1]!,
      high: columns.words[2 * i + 1],
      low: columns.words[2 * i],
      leading: states.leading[0],
      trailing: states.trailing[0],
    });
    // Cut short or with a byte changed it must come to an end.
    bytes[start + Math.floor(random() * (end - start))]! ^= 1 + Math.floor(random() * 255);
    readXorTail({ encoding: chunkEncoding.xor, bytes, start, end: end - Math.floor(random() * 3) }, { marked });
  }
});

/** What a decoder makes of a chunk: its rows as bits, or that it is damaged. */
function outcomeOf(decode: DecodeXor, chunk: ChunkData, window: ChunkWindow): object {
  const columns = new SampleColumns();
  columns.pushStale(-1);
  if (!decode(chunk, columns, window)) return { isDamaged: true };
  return { t: columns.t.slice(0, columns.count), words: columns.words.slice(0, 2 * columns.count) };
}

type DecodeXor = typeof decodeXor;

const kernelDecoder = new XorDecoder();
const decodeByKernel: DecodeXor = (chunk, columns, window) => kernelDecoder.decode(chunk, columns, window);

test(`the kernel reads what the plain decoder reads (seeds 1–${rounds})`, () => {
  expect(kernelDecoder.hasKernel).toBe(true);
  for (let seed = 1; seed <= rounds; seed++) {
    const random = randomFrom(seed);
    const columns = randomSeries(random);
    const start = Math.floor(random() * 100);
    const { bytes, end } = encode(columns, start);
    const rowTime = (): number => columns.t[Math.floor(random() * columns.count)]!;
    const window = random() < 0.5 ? everything : { after: rowTime(), end: rowTime() };
    // Now and then damaged: cut short, or a byte changed.
    const cut = random() < 0.3 ? Math.floor(random() * (end - start - 2)) : 0;
    if (random() < 0.5) bytes[start + Math.floor(random() * (end - start))] = Math.floor(random() * 256);
    const chunk = { encoding: chunkEncoding.xor, bytes, start, end: end - cut };
    expect(outcomeOf(decodeByKernel, chunk, window), `seed ${seed}`).toEqual(outcomeOf(decodeXor, chunk, window));
  }
});

test(`garbage decodes to the same by both, or is refused by both (seeds 1–${5 * rounds})`, () => {
  for (let seed = 1; seed <= 5 * rounds; seed++) {
    const random = randomFrom(seed);
    const bytes = Uint8Array.from({ length: 2 + Math.floor(random() * 80) }, () => Math.floor(random() * 256));
    // Few samples, so that more than their count is looked at.
    bytes[0] = 0;
    bytes[1] = Math.floor(random() * 8);
    const chunk = { encoding: chunkEncoding.xor, bytes, start: 0, end: bytes.length };
    const expected = outcomeOf(decodeXor, chunk, everything);
    expect(outcomeOf(decodeByKernel, chunk, everything), `seed ${seed}`).toEqual(expected);
  }
});

test(`a run of chunks is decoded as each of them by itself, and what is noted of it is true (seeds 1–${rounds / 10})`, () => {
  for (let seed = 1; seed <= rounds / 10; seed++) {
    const random = randomFrom(seed);
    const chunkCount = 1 + Math.floor(random() * 40);
    const decoder = new XorDecoder(chunkCount * 8192);
    const oneByOne = new SampleColumns();
    const run = new SampleColumns();
    decoder.begin(run, everything);
    for (let i = 0; i < chunkCount; i++) {
      const { bytes, end } = encode(randomSeries(random), 0);
      decodeXor({ encoding: chunkEncoding.xor, bytes, start: 0, end }, oneByOne, everything);
      const at = decoder.spareAt + i * 8192;
      decoder.memory.set(bytes.subarray(0, end), at);
      decoder.add(at, at + end);
    }
    expect(decoder.finish(), `seed ${seed}`).toBe(true);
    const { count, t, words } = oneByOne;
    expect(run.count, `seed ${seed}`).toBe(count);
    expect(run.t.subarray(0, count), `seed ${seed}`).toEqual(t.subarray(0, count));
    expect(run.words.subarray(0, 2 * count), `seed ${seed}`).toEqual(words.subarray(0, 2 * count));
    const values = [...oneByOne.v.subarray(0, count)];
    expect(run.notedCount, `seed ${seed}`).toBe(count);
    const between = (isSo: (i: number) => boolean): boolean => values.some((_, i) => i > 0 && isSo(i));
    const interval = t[1]! - t[0]!;
    expect(run.may(rowNotes.hasNaN), `seed ${seed}`).toBe(values.some(Number.isNaN));
    expect(run.may(rowNotes.hasFall), `seed ${seed}`).toBe(between((i) => values[i]! < values[i - 1]!));
    const isJittery = between((i) => t[i]! - t[i - 1]! !== interval);
    // One sample alone has no interval: then anything may be.
    if (count > 2 && isJittery) expect(run.may(rowNotes.hasJitter), `seed ${seed}`).toBe(true);
  }
});

/** The first `count` rows. */
function firstRows(columns: SampleColumns, count: number): SampleColumns {
  columns.count = Math.min(columns.count, count);
  return columns;
}

test(`chunks of equally many samples, which take turns, are read as by themselves (seeds 1–${rounds})`, () => {
  const chunkRoom = 8192;
  const decoder = new XorDecoder(4 * chunkRoom);
  for (let seed = 1; seed <= rounds; seed++) {
    const random = randomFrom(seed);
    const samples = 1 + Math.floor(random() * 130);
    const chunks = Array.from({ length: 2 + Math.floor(random() * 3) }, (_, i) => {
      const { bytes, end } = encode(firstRows(randomSeries(random), samples), 0);
      // Now and then damaged: cut short, or a byte behind the count changed.
      const cut = random() < 0.1 ? Math.floor(random() * (end - 2)) : 0;
      if (random() < 0.1) bytes[2 + Math.floor(random() * (end - 2))] = Math.floor(random() * 256);
      const start = decoder.spareAt + i * chunkRoom;
      decoder.memory.set(bytes.subarray(0, end), start);
      return { encoding: chunkEncoding.xor, bytes: decoder.memory, start, end: start + end - cut };
    });
    const oneByOne = new SampleColumns();
    const expected = chunks.map((chunk) => decodeXor(chunk, oneByOne, everything)).every((isDecoded) => isDecoded);
    const run = new SampleColumns();
    decoder.begin(run, everything);
    for (const { start, end } of chunks) decoder.add(start, end);
    expect(decoder.finish(), `seed ${seed}`).toBe(expected);
    if (!expected) continue;
    expect(rowsOf(run), `seed ${seed}`).toEqual(rowsOf(oneByOne));
  }
});

function rowsOf({ count, t, words }: SampleColumns): object {
  return { t: t.slice(0, count), words: words.slice(0, 2 * count) };
}

test(`of chunks that take turns, rows outside the window are dropped (seeds 1–${rounds})`, () => {
  const decoder = new XorDecoder(2 * 8192);
  for (let seed = 1; seed <= rounds; seed++) {
    const random = randomFrom(seed);
    const samples = 2 + Math.floor(random() * 100);
    const oneByOne = new SampleColumns();
    const chunks = [0, 1].map((i) => {
      const columns = new SampleColumns();
      const from = 1_000_000 * i;
      for (let k = 0; k < samples; k++) columns.pushFloat(from + k * 5000 + Math.floor(random() * 100), random());
      const { bytes, end } = encode(columns, 0);
      decoder.memory.set(bytes.subarray(0, end), decoder.spareAt + i * 8192);
      return { bytes, end };
    });
    const after = Math.floor(random() * 2_000_000) - 100_000;
    const window = { after, end: after + Math.floor(random() * 2_000_000) };
    const run = new SampleColumns();
    decoder.begin(run, window);
    chunks.forEach(({ bytes, end }, i) => {
      decodeXor({ encoding: chunkEncoding.xor, bytes, start: 0, end }, oneByOne, window);
      decoder.add(decoder.spareAt + i * 8192, decoder.spareAt + i * 8192 + end);
    });
    expect(decoder.finish(), `seed ${seed}`).toBe(true);
    expect(rowsOf(run), `seed ${seed}`).toEqual(rowsOf(oneByOne));
  }
});
