// Keyboard shortcuts: single keys, and "g" followed by a page's letter. Pure, so that the table is all there is to it.

import { isAgent } from "../api/base.js";
import { pages } from "./pages.js";

export type Shortcut = { kind: "go"; path: string } | { kind: "focus-search" } | { kind: "help" };

const expressionTexts = [
  { keys: ["Enter"], text: "In an expression: run it" },
  { keys: ["Shift", "Enter"], text: "In an expression: new line" },
];

export const shortcutTexts: readonly { keys: string[]; text: string }[] = [
  ...pages.map(({ key, name }) => ({ keys: ["g", key], text: `Go to ${name}` })),
  { keys: ["/"], text: `Focus the search field${isAgent ? "" : " or the expression"}` },
  ...(isAgent ? [] : expressionTexts),
  { keys: ["?"], text: "Show this list" },
];

const table: Record<string, Shortcut> = {
  ...Object.fromEntries(pages.map(({ key, path }) => [`g${key}`, { kind: "go", path } as const])),
  "/": { kind: "focus-search" },
  "?": { kind: "help" },
};

/** What the key does after the keys before it, and what to remember for the next. */
export function nextShortcut(before: string, key: string): { shortcut: Shortcut | undefined; pending: string } {
  const shortcut = table[before + key] ?? table[key];
  return { shortcut, pending: shortcut === undefined && key === "g" ? "g" : "" };
}
