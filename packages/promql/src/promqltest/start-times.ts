// `@st` lines: start timestamps for the samples of the next line of the same series. Each item is an offset from its
// sample's own timestamp, `-30s`, or a run of them, `-30s-1mx2`.
import { parseDuration } from "@narthex/model";
import type { LineScanner } from "./scanner.js";

const signedDuration = /([+-]?)((?:\d+(?:ms|[smhdwy]))+|0)/y;
const step = /([+-])((?:\d+(?:ms|[smhdwy]))+|0)/y;
const times = /x(\d+)/y;
const space = /\s+/y;

/** An offset in ms per sample; undefined for samples without start timestamp. */
export function scanStartOffsets(scanner: LineScanner): (number | undefined)[] {
  const offsets: (number | undefined)[] = [];
  scanner.skipSpace();
  while (!scanner.isAtEnd) {
    scanOffsets(scanner, offsets);
    if (!scanner.match(space) && !scanner.isAtEnd) throw scanner.error("unexpected text");
  }
  return offsets;
}

function scanOffsets(scanner: LineScanner, offsets: (number | undefined)[]): void {
  if (scanner.accept("_")) {
    const count = Number(scanner.match(times)?.[1] ?? 1);
    for (let i = 0; i < count; i++) offsets.push(undefined);
    return;
  }
  const first = scanner.match(signedDuration);
  if (!first) throw scanner.error("expected a duration");
  const by = scanner.match(step);
  const count = scanner.match(times);
  if (by && !count) throw scanner.error('expected "x"');
  const start = milliseconds(first);
  const increment = by ? milliseconds(by) : 0;
  for (let i = 0; i <= Number(count?.[1] ?? 0); i++) offsets.push(start + i * increment);
}

function milliseconds(match: RegExpExecArray): number {
  const ms = parseDuration(match[2] as string);
  return match[1] === "-" ? -ms : ms;
}
