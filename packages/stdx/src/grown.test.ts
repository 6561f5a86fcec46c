import { expect, test } from "vitest";
import { grown } from "./grown.js";

test("a column that is long enough stays itself, another one grows by half at least and keeps its elements", () => {
  const column = Uint32Array.of(1, 2, 3, 4);
  expect(grown(column, 4)).toBe(column);
  expect([...grown(column, 5)]).toEqual([1, 2, 3, 4, 0, 0]);
  expect([...grown(column, 9)]).toEqual([1, 2, 3, 4, 0, 0, 0, 0, 0]);
  expect(grown(new Uint8Array(0), 3)).toEqual(new Uint8Array(3));
});

test("the bits of a signalling NaN survive", () => {
  const column = new Float64Array(2);
  new Uint32Array(column.buffer).set([0x0000_0002, 0x7ff0_0000], 2);
  const longer = grown(column, 1000);
  expect([...new Uint32Array(longer.buffer, 8, 2)]).toEqual([0x0000_0002, 0x7ff0_0000]);
});
