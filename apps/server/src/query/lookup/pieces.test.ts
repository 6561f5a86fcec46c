import { expect, test } from "vitest";
import { Pieces } from "./pieces.js";

function check(lengths: readonly number[], parts: readonly number[], rest: number): void {
  const taken: Uint8Array[] = [];
  const pieces = new Pieces({ bytesMax: 10, take: (part) => taken.push(part) });
  let next = 0;
  for (const length of lengths) pieces.add(Uint8Array.from({ length }, () => next++ % 256));
  const last = pieces.rest();
  expect([taken.map((part) => part.length), last.length]).toEqual([parts, rest]);
  const all = Buffer.concat([...taken, last]);
  expect([...all]).toEqual(Array.from({ length: next }, (_, i) => i % 256));
}

test("pieces of any size become full parts and a rest", () => {
  check([], [], 0);
  check([3, 4, 3], [], 10);
  check([3, 4, 4], [10], 1);
  check([35], [10, 10, 10], 5);
  check([9, 0, 21], [10, 10], 10);
});

test("without parts everything is the rest", () => {
  const pieces = new Pieces(undefined);
  pieces.add(new Uint8Array(30));
  pieces.add(new Uint8Array(5));
  expect(pieces.rest()).toHaveLength(35);
});
