// Keyboard shortcuts: single keys, and "g" followed by a page's letter. Pure, so that the table is all there is to it.

export type Shortcut = { kind: "go"; path: string } | { kind: "focus-search" } | { kind: "help" };

export const shortcutTexts: readonly { keys: string[]; text: string }[] = [
  { keys: ["g", "q"], text: "Go to Query" },
  { keys: ["g", "a"], text: "Go to Alerts" },
  { keys: ["g", "t"], text: "Go to Targets" },
  { keys: ["/"], text: "Focus the search field or the expression" },
  { keys: ["Enter"], text: "In an expression: run it" },
  { keys: ["Shift", "Enter"], text: "In an expression: new line" },
  { keys: ["?"], text: "Show this list" },
];

const table: Record<string, Shortcut> = {
  gq: { kind: "go", path: "/query" },
  ga: { kind: "go", path: "/alerts" },
  gt: { kind: "go", path: "/targets" },
  "/": { kind: "focus-search" },
  "?": { kind: "help" },
};

/** What the key does after the keys before it, and what to remember for the next. */
export function nextShortcut(before: string, key: string): { shortcut: Shortcut | undefined; pending: string } {
  const shortcut = table[before + key] ?? table[key];
  return { shortcut, pending: shortcut === undefined && key === "g" ? "g" : "" };
}
