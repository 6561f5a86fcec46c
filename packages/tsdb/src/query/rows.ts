import type { SampleColumns } from "@narthex/model";

/** Appends row `i` of `from` to `to`, bit for bit. */
export function copyRow(from: SampleColumns, i: number, to: SampleColumns): void {
  const row = to.count;
  to.reserve(row + 1);
  to.t[row] = from.t[i]!;
  to.words[2 * row] = from.words[2 * i]!;
  to.words[2 * row + 1] = from.words[2 * i + 1]!;
  to.count = row + 1;
  const histogram = from.h?.[i];
  if (histogram) {
    to.h ??= [];
    to.h[row] = histogram;
  } else if (to.h) to.h[row] = undefined;
  const startTime = from.startTimes?.[i];
  if (startTime) to.setStartTime(startTime);
  else if (to.startTimes) to.startTimes[row] = 0;
}

/** Appends all rows of `from`, bit for bit. */
export function appendRows(to: SampleColumns, from: SampleColumns): void {
  if (from.h || to.h || from.startTimes || to.startTimes) {
    for (let i = 0; i < from.count; i++) copyRow(from, i, to);
    return;
  }
  const row = to.count;
  to.reserve(row + from.count);
  to.t.set(from.t.subarray(0, from.count), row);
  to.words.set(from.words.subarray(0, 2 * from.count), 2 * row);
  to.count = row + from.count;
  if (to.notedCount === row && from.notedCount === from.count) to.noteRows(from.notes);
}
