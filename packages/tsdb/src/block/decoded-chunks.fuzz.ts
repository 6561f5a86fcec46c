// Chunks kept decoded against the rows they were kept from, for random windows; bit for bit.
import { SampleColumns } from "@narthex/model";
import { type Random, randomFrom } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { DecodedChunks, readDecoded } from "./decoded-chunks.js";
import type { CachedChunk } from "./index-format.js";

const mebi = 1024 * 1024;

function randomRows(random: Random): SampleColumns {
  const rows = new SampleColumns();
  const isRegular = random() < 0.5;
  const kind = Math.floor(random() * 3);
  let t = Math.floor(random() * 1e12);
  for (let i = 1 + Math.floor(random() * 130); i > 0; i--) {
    t += isRegular ? 15_000 : 1 + Math.floor(random() * 30_000);
    if (kind === 2 && random() < 0.1) rows.pushStale(t);
    else rows.pushFloat(t, kind === 0 ? Math.floor(random() * 1000) - 500 : [-0, NaN, Infinity, random()][i % 4]!);
  }
  return rows;
}

function metaOf(rows: SampleColumns, ref: number): CachedChunk {
  return { minTime: rows.t[0]!, maxTime: rows.t[rows.count - 1]!, ref, decoded: undefined };
}

/** Row by row: time and the bits of the value. */
function bitsOf(rows: SampleColumns, isWanted: (t: number) => boolean = () => true): number[][] {
  const out: number[][] = [];
  for (let i = 0; i < rows.count; i++) {
    if (isWanted(rows.t[i]!)) out.push([rows.t[i]!, rows.words[2 * i]!, rows.words[2 * i + 1]!]);
  }
  return out;
}

describe("decoded chunks", () => {
  it.each([1, 2, 3, 4])("give back the rows of any window, seed %i", (seed) => {
    const random = randomFrom(seed);
    const chunks = new DecodedChunks(4 * mebi);
    for (let ref = 0; ref < 300; ref++) {
      const rows = randomRows(random);
      const meta = metaOf(rows, ref);
      chunks.keep(meta, rows, 0);
      const span = meta.maxTime - meta.minTime;
      for (let round = 0; round < 5; round++) {
        const after = meta.minTime + Math.floor((random() * 1.4 - 0.2) * span);
        const end = round === 0 ? after : after + Math.floor(random() * 1.4 * span);
        const found = new SampleColumns();
        expect(readDecoded(meta, found, { after, end })).toBe(true);
        expect(bitsOf(found)).toEqual(bitsOf(rows, (t) => t > after && t <= end));
      }
    }
  });

  it("are worth keeping when they are asked for twice, and stay within their bound", () => {
    const chunks = new DecodedChunks(2 * mebi);
    const random = randomFrom(9);
    const metas: CachedChunk[] = [];
    for (let ref = 0; ref < 10_000; ref++) {
      const rows = randomRows(random);
      const meta = metaOf(rows, ref);
      metas.push(meta);
      expect(chunks.isWorthKeeping(meta)).toBe(false);
      expect(chunks.isWorthKeeping(meta)).toBe(true);
      chunks.keep(meta, rows, 0);
    }
    const window = { after: -Infinity, end: Infinity };
    const isKept = metas.map((meta) => readDecoded(meta, new SampleColumns(), window));
    expect(isKept.at(-1)).toBe(true);
    expect(isKept[0]).toBe(false);
    // Of about 80 rows, 4 to 12 bytes each.
    expect(isKept.filter(Boolean).length).toBeLessThan((2 * mebi) / (80 * 4));
  });
});
