// A moment under a Go layout.
import { type CivilTime, civilFrom, splitNanoseconds } from "./calendar.js";
import { monthNames, splitLayout, weekdayNames } from "./layout.js";
import type { Zone, ZoneOffset } from "./zone.js";

export interface Moment {
  /** Since 1970. */
  readonly ns: bigint;
  readonly zone: Zone;
}

interface Clock {
  readonly civil: CivilTime;
  readonly offset: ZoneOffset;
}

export function clockOf({ ns, zone }: Moment): Clock {
  const offset = zone.offsetAt(splitNanoseconds(ns).seconds);
  return { civil: civilFrom(ns, offset.seconds), offset };
}

export function formatTime(moment: Moment, layout: string): string {
  const clock = clockOf(moment);
  return splitLayout(layout)
    .map(({ kind, text }) => (kind === "literal" ? text : formatField(text, clock)))
    .join("");
}

const fields: ReadonlyMap<string, (civil: CivilTime) => string> = new Map<string, (civil: CivilTime) => string>([
  ["2006", ({ year }) => (year < 0 ? `-${String(-year).padStart(4, "0")}` : padZero(year, 4))],
  ["06", ({ year }) => padZero(((year % 100) + 100) % 100, 2)],
  ["January", ({ month }) => monthNames[month - 1] as string],
  ["Jan", ({ month }) => (monthNames[month - 1] as string).slice(0, 3)],
  ["01", ({ month }) => padZero(month, 2)],
  ["1", ({ month }) => String(month)],
  ["Monday", ({ weekday }) => weekdayNames[weekday] as string],
  ["Mon", ({ weekday }) => (weekdayNames[weekday] as string).slice(0, 3)],
  ["02", ({ day }) => padZero(day, 2)],
  ["_2", ({ day }) => String(day).padStart(2, " ")],
  ["2", ({ day }) => String(day)],
  ["002", ({ yearDay }) => padZero(yearDay, 3)],
  ["__2", ({ yearDay }) => String(yearDay).padStart(3, " ")],
  ["15", ({ hour }) => padZero(hour, 2)],
  ["03", ({ hour }) => padZero(hour % 12 || 12, 2)],
  ["3", ({ hour }) => String(hour % 12 || 12)],
  ["04", ({ minute }) => padZero(minute, 2)],
  ["4", ({ minute }) => String(minute)],
  ["05", ({ second }) => padZero(second, 2)],
  ["5", ({ second }) => String(second)],
  ["PM", ({ hour }) => (hour >= 12 ? "PM" : "AM")],
  ["pm", ({ hour }) => (hour >= 12 ? "pm" : "am")],
]);

function formatField(field: string, { civil, offset }: Clock): string {
  const format = fields.get(field);
  if (format) return format(civil);
  if (field === "MST") return offset.abbreviation || formatOffset("0700", offset.seconds);
  if (/^[.,]/.test(field)) return formatFraction(field, civil.nanosecond);
  if (field.startsWith("Z") && offset.seconds === 0) return "Z";
  return formatOffset(field.slice(1), offset.seconds);
}

function padZero(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

/** ".000" keeps its zeros, ".999" drops them. */
function formatFraction(field: string, nanosecond: number): string {
  const digits = padZero(nanosecond, 9)
    .padEnd(field.length, "0")
    .slice(0, field.length - 1);
  if (field[1] === "0") return field[0] + digits;
  const trimmed = digits.replace(/0+$/, "");
  return trimmed === "" ? "" : `${field[0]}${trimmed}`;
}

/** `form` is "07", "0700", "07:00", "070000" or "07:00:00". */
function formatOffset(form: string, seconds: number): string {
  const magnitude = Math.abs(seconds);
  const parts = [Math.floor(magnitude / 3600), Math.floor(magnitude / 60) % 60, magnitude % 60];
  const count = Math.ceil(form.replaceAll(":", "").length / 2);
  const shown = parts.slice(0, count).map((part) => padZero(part, 2));
  return (seconds < 0 ? "-" : "+") + shown.join(form.includes(":") ? ":" : "");
}
