// Expressions that were run, newest first; kept in localStorage by the page, changed here.

/** Older expressions are forgotten. */
export const historyMax = 100;

export function rememberExpression(history: readonly string[], expression: string): string[] {
  const trimmed = expression.trim();
  if (trimmed === "") return [...history];
  return [trimmed, ...history.filter((entry) => entry !== trimmed)].slice(0, historyMax);
}

/** Reads what was stored; anything unexpected counts as no history. */
export function parseHistory(stored: string | null): string[] {
  try {
    const entries: unknown = JSON.parse(stored ?? "[]");
    return Array.isArray(entries) ? entries.filter((entry) => typeof entry === "string").slice(0, historyMax) : [];
  } catch {
    return [];
  }
}
