// Finds the name that somebody who mistyped one probably meant.

/** The choice that is at most two typed mistakes away (one in a short word); the first of equals. */
export function nearestName(typed: string, choices: readonly string[]): string | undefined {
  const mistakesMax = typed.length < 5 ? 1 : 2;
  let nearest: string | undefined;
  let fewest = mistakesMax + 1;
  for (const choice of choices) {
    if (Math.abs(choice.length - typed.length) >= fewest) continue;
    const mistakes = editDistance(typed, choice);
    if (mistakes >= fewest) continue;
    nearest = choice;
    fewest = mistakes;
  }
  return nearest;
}

/** Insertions, deletions, substitutions and swaps of neighbours that make `b` out of `a` (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const changed = (last[column - 1] as number) + (same ? 0 : 1);
      let cost = Math.min(changed, (last[column] as number) + 1, (current[column - 1] as number) + 1);
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwap) cost = Math.min(cost, (beforeLast[column - 2] as number) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] as number;
}
