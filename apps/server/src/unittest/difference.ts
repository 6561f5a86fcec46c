// What was expected and what came, line by line: "-" lines are missing, "+" lines are too many.

export type DiffStyle = "plain" | "colored";

const colors = { "-": "\u001b[0;31m", "+": "\u001b[0;32m" } as const;
const colorEnd = "\u001b[0m";

/** Cells of the table that finds the longest common lines; beyond, all lines count as different. */
const tableCellsMax = 4_000_000;

export function printDifference(expected: string, actual: string, style: DiffStyle): string {
  return differingLines(expected.split("\n"), actual.split("\n"))
    .map(({ mark, line }) => (style === "plain" || mark === " " ? `${mark} ${line}` : paint(mark, line)))
    .join("\n");
}

type MarkedLine = { readonly mark: " " | "-" | "+"; readonly line: string };

function paint(mark: "-" | "+", line: string): string {
  return `${colors[mark]}${mark} ${line}${colorEnd}`;
}

function differingLines(expected: readonly string[], actual: readonly string[]): MarkedLine[] {
  const missing = (line: string): MarkedLine => ({ mark: "-", line });
  const surplus = (line: string): MarkedLine => ({ mark: "+", line });
  if (expected.length * actual.length > tableCellsMax) return [...expected.map(missing), ...actual.map(surplus)];
  const lengths = commonLengths(expected, actual);
  const lines: MarkedLine[] = [];
  let i = 0;
  let j = 0;
  while (i < expected.length && j < actual.length) {
    const line = expected[i] as string;
    if (line === actual[j]) {
      lines.push({ mark: " ", line });
      i++;
      j++;
    } else if (lengthAt(lengths, i + 1, j) >= lengthAt(lengths, i, j + 1)) {
      lines.push(missing(line));
      i++;
    } else {
      lines.push(surplus(actual[j] as string));
      j++;
    }
  }
  return [...lines, ...expected.slice(i).map(missing), ...actual.slice(j).map(surplus)];
}

/** Row i, column j: how many lines the rests from i and from j have in common, in order. */
function commonLengths(expected: readonly string[], actual: readonly string[]): Uint32Array[] {
  const rows = Array.from({ length: expected.length + 1 }, () => new Uint32Array(actual.length + 1));
  for (let i = expected.length - 1; i >= 0; i--) {
    const row = rows[i] as Uint32Array;
    for (let j = actual.length - 1; j >= 0; j--) {
      row[j] =
        expected[i] === actual[j]
          ? lengthAt(rows, i + 1, j + 1) + 1
          : Math.max(lengthAt(rows, i + 1, j), lengthAt(rows, i, j + 1));
    }
  }
  return rows;
}

function lengthAt(rows: readonly Uint32Array[], i: number, j: number): number {
  return rows[i]?.[j] ?? 0;
}
