// ts_of_…_over_time: when a window's first, last, smallest or largest sample was taken, in seconds.
import type { Window } from "../window.js";
import type { RangeCall } from "./function.js";
import { hasFloats } from "./over-time.js";

export function first(window: Window): void {
  const { samples } = window;
  const float = window.floatCount > 0 ? (samples.floatTimes[window.floatFirst] as number) : Infinity;
  const histogram = window.histogramCount > 0 ? (samples.histogramTimes[window.histogramFirst] as number) : Infinity;
  const t = Math.min(float, histogram);
  if (t !== Infinity) window.emit(t / 1000);
}

export function last(window: Window): void {
  const { samples } = window;
  const float = window.floatCount > 0 ? (samples.floatTimes[window.floatEnd - 1] as number) : -Infinity;
  const histogram = window.histogramCount > 0 ? (samples.histogramTimes[window.histogramEnd - 1] as number) : -Infinity;
  const t = Math.max(float, histogram);
  if (t !== -Infinity) window.emit(t / 1000);
}

export function minimum(window: Window, call: RangeCall): void {
  emitTimeOf(window, call, (value, best) => value <= best);
}

export function maximum(window: Window, call: RangeCall): void {
  emitTimeOf(window, call, (value, best) => value >= best);
}

// Of equals the latest.
function emitTimeOf(window: Window, call: RangeCall, isBetter: (value: number, best: number) => boolean): void {
  if (!hasFloats(window, call)) return;
  const { floats, floatTimes } = window.samples;
  let row = window.floatFirst;
  for (let i = row + 1; i < window.floatEnd; i++) {
    const best = floats[row] as number;
    if (isBetter(floats[i] as number, best) || Number.isNaN(best)) row = i;
  }
  window.emit((floatTimes[row] as number) / 1000);
}
