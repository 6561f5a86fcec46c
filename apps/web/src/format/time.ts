// Prints and reads moments, in the zone the user chose. Milliseconds since 1970 everywhere.
import { printRoughDuration } from "./duration.js";

export type Zone = "local" | "utc";

interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

function partsOf(t: number, zone: Zone): Parts {
  const date = new Date(t);
  if (zone === "utc") {
    const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
    return { year, month, day, hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: date.getUTCSeconds() };
  }
  const [year, month, day] = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  return { year, month, day, hour: date.getHours(), minute: date.getMinutes(), second: date.getSeconds() };
}

const two = (n: number): string => String(n).padStart(2, "0");

/** "2026-03-09 14:05:07": sorts, and reads the same everywhere. */
export function printTime(t: number, zone: Zone): string {
  const { year, month, day, hour, minute, second } = partsOf(t, zone);
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`;
}

/** "14:05:07". */
export function printClock(t: number, zone: Zone): string {
  return printTime(t, zone).slice(11);
}

/** The value of `<input type="datetime-local" step="1">`. */
export function printInputTime(t: number, zone: Zone): string {
  return printTime(t, zone).replace(" ", "T");
}

/** Reads "2026-03-09 14:05[:07]", with a space or a T; `undefined` when it is no time. */
export function parseTime(text: string, zone: Zone): number | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?(?:\.\d+)?$/.exec(text.trim());
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map((part) => Number(part ?? 0));
  const values = [year!, month! - 1, day!, hour!, minute!, second!] as const;
  const t = zone === "utc" ? Date.UTC(...values) : new Date(...values).getTime();
  return Number.isNaN(t) ? undefined : t;
}

// Go's zero time, which Prometheus sends for "never".
const neverText = "0001-01-01T00:00:00";

/** Reads RFC 3339 as the APIs send it; `undefined` for Go's zero time. */
export function parseApiTime(text: string | undefined): number | undefined {
  if (text === undefined || text.startsWith(neverText)) return undefined;
  const t = Date.parse(text);
  return Number.isNaN(t) ? undefined : t;
}

/** "12s ago", "in 3h 20m", "now". */
export function printRelative(t: number, now: number): string {
  const distanceMs = now - t;
  if (Math.abs(distanceMs) < 1000) return "now";
  return distanceMs > 0 ? `${printRoughDuration(distanceMs)} ago` : `in ${printRoughDuration(-distanceMs)}`;
}
