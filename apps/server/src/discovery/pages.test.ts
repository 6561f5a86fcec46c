import { expect, test } from "vitest";
import { allPages, itemsMax, type Page, pagesMax } from "./pages.js";

function pagesOf(page: (n: number) => Page<number>): Promise<number[]> {
  return allPages((next) => Promise.resolve(page(Number(next || 1))));
}

test("the items of all pages come in their order", async () => {
  expect(await pagesOf((n) => ({ items: [n, n], next: n < 3 ? String(n + 1) : "" }))).toEqual([1, 1, 2, 2, 3, 3]);
});

test("a list without an end is an error, not a part of it", async () => {
  await expect(pagesOf((n) => ({ items: [], next: String(n + 1) }))).rejects.toThrow(`more than ${pagesMax} pages`);
  await expect(pagesOf(() => ({ items: [], next: "same" }))).rejects.toThrow("the one after itself");
});

test("a list that is too long is an error, however long its pages are", async () => {
  const items = Array.from({ length: itemsMax / 2 }, () => 0);
  expect(await pagesOf((n) => ({ items, next: n < 2 ? String(n + 1) : "" }))).toHaveLength(itemsMax);
  await expect(pagesOf((n) => ({ items, next: String(n + 1) }))).rejects.toThrow(`more than ${itemsMax} items`);
});
