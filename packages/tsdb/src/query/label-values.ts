// The values of one label in several stores: distinct, and sorted by their bytes. There may be a million, so it goes in steps.
// Comes from: tsdb.ts. Goes to: lists of label values without matchers.
import { compareUtf8 } from "@narthex/stdx";

/** What some store has, some at a time. */
export type ValueParts = Iterable<readonly string[]>;

/** Sorted at once: some milliseconds. */
const runLength = 16_384;
const mergedPerStep = 4096;

// Runs are sorted, then two and two merged, until one is left. A set of a million texts would cost as much as all of that.
export function* labelValueSteps(stores: readonly ValueParts[]): Generator<void, string[]> {
  let runs: string[][] = [];
  for (const store of stores) runs.push(...(yield* sortedRuns(store)));
  while (runs.length > 1) {
    const merged: string[][] = [];
    for (let i = 0; i < runs.length; i += 2) merged.push(yield* mergeSteps(runs[i]!, runs[i + 1] ?? []));
    runs = merged;
  }
  return runs[0] ?? [];
}

/** A store has each value once, and so has a run of it. */
function* sortedRuns(store: ValueParts): Generator<void, string[][]> {
  const runs: string[][] = [];
  let run: string[] = [];
  for (const part of store) {
    run.push(...part);
    if (run.length >= runLength) {
      runs.push(run.sort(compareUtf8));
      run = [];
    }
    yield;
  }
  if (run.length > 0) runs.push(run.sort(compareUtf8));
  return runs;
}

function* mergeSteps(left: readonly string[], right: readonly string[]): Generator<void, string[]> {
  const merged: string[] = [];
  const places = { left: 0, right: 0 };
  while (places.left < left.length || places.right < right.length) {
    mergeSome({ left, right, merged }, places);
    yield;
  }
  return merged;
}

type Merge = { readonly left: readonly string[]; readonly right: readonly string[]; readonly merged: string[] };

function mergeSome({ left, right, merged }: Merge, places: { left: number; right: number }): void {
  let { left: i, right: k } = places;
  for (let count = 0; count < mergedPerStep; count++) {
    if (i === left.length && k === right.length) break;
    const order = k === right.length ? -1 : i === left.length ? 1 : compareUtf8(left[i]!, right[k]!);
    if (order === 0) k++;
    merged.push(order <= 0 ? left[i++]! : right[k++]!);
  }
  places.left = i;
  places.right = k;
}
