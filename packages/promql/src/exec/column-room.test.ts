import { emptyLabels } from "@narthex/model";
import { expect, test } from "vitest";
import { Column, isFloat } from "./column.js";

test("columns stand beside each other, and none in another", () => {
  const lengths = Array.from({ length: 3000 }, (_, i) => (i * 7) % 101 || 5000);
  const columns = lengths.map((length) => new Column(emptyLabels, length));
  for (const [n, column] of columns.entries()) {
    expect(column.isEmpty() && column.v.every((value) => value === 0)).toBe(true);
    for (let i = 0; i < column.v.length; i++) column.setFloat(i, n);
  }
  for (const [n, { v, present }] of columns.entries()) {
    expect(v.every((value) => value === n) && present.every((kind) => kind === isFloat)).toBe(true);
  }
  expect(new Set(columns.map(({ v }) => v.buffer)).size).toBeLessThan(lengths.length / 10);
});
