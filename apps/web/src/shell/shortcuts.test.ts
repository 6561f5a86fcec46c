import { expect, it } from "vitest";
import { nextShortcut } from "./shortcuts.js";

function check(keys: string, expected: string): void {
  let pending = "";
  const found: string[] = [];
  for (const key of keys) {
    const next = nextShortcut(pending, key);
    pending = next.pending;
    if (next.shortcut !== undefined) found.push(next.shortcut.kind === "go" ? next.shortcut.path : next.shortcut.kind);
  }
  expect(found.join(" ")).toBe(expected);
}

it("keys find their shortcuts", () => {
  check("gq", "/query");
  check("ggt", "/targets");
  check("gxa", "");
  check("a/g?", "focus-search help");
});
