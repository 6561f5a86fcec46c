import { printTime, type Zone } from "../format/time.js";

const dayMs = 86_400_000;

export interface TickScale {
  rangeMs: number;
  /** From one tick to the next. */
  tickMs: number;
  zone: Zone;
}

/** The label of a moment on the time axis: as much as tells ticks apart, and the date where a day begins. */
export function printTick(t: number, { rangeMs, tickMs, zone }: TickScale): string {
  const text = printTime(t, zone);
  const [date, clock] = [text.slice(5, 10), text.slice(11)];
  if (clock === "00:00:00") return date;
  if (rangeMs >= 4 * dayMs) return `${date} ${clock.slice(0, 5)}`;
  return tickMs < 60_000 ? clock : clock.slice(0, 5);
}
