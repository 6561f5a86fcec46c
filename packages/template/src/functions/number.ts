// What Prometheus' functions take for a number, and the forms in which they print one for people.
import { quote } from "@narthex/model";
import { parseFloatGo } from "@narthex/stdx";
import { CallError } from "../errors.js";
import { formatFloat } from "../format/float.js";
import { printValue } from "../format/value.js";
import { timeAt } from "../time/time.js";
import { type TimeValue, typeName, type Value } from "../value/value.js";

/** float64, text of one, integers; a duration counts in seconds. */
export function numberFrom(value: Value): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "string") return parseNumberText(value);
  if (typeof value === "object" && value !== null && value.kind === "integer") {
    return value.type.name === "time.Duration" ? Number(value.value) / 1e9 : Number(value.value);
  }
  throw new CallError(`can't convert ${typeName(value)} to float`);
}

function parseNumberText(text: string): number {
  const value = parseFloatGo(text);
  if (value === undefined) throw new CallError(`strconv.ParseFloat: parsing ${quote(text)}: invalid syntax`);
  if (!Number.isFinite(value) && /\d/.test(text)) {
    throw new CallError(`strconv.ParseFloat: parsing ${quote(text)}: value out of range`);
  }
  return value;
}

/** %.4g */
function printShort(value: number): string {
  return formatFloat(value, "g", 4);
}

const largePrefixes = ["", "k", "M", "G", "T", "P", "E", "Z", "Y"];
const binaryPrefixes = ["", "ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];
const smallPrefixes = ["", "m", "u", "n", "p", "f", "a", "z", "y"];

export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return printShort(value);
  return Math.abs(value) >= 1 ? scaleDown(value, 1000, largePrefixes) : scaleUp(value);
}

export function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return printShort(value);
  return scaleDown(value, 1024, binaryPrefixes);
}

function scaleDown(value: number, base: number, prefixes: readonly string[]): string {
  let scaled = value;
  let i = 0;
  while (Math.abs(scaled) >= base && i < prefixes.length - 1) {
    scaled /= base;
    i++;
  }
  return printShort(scaled) + prefixes[i];
}

function scaleUp(value: number): string {
  let scaled = value;
  let i = 0;
  while (Math.abs(scaled) < 1 && i < smallPrefixes.length - 1) {
    scaled *= 1000;
    i++;
  }
  return printShort(scaled) + smallPrefixes[i];
}

/** Seconds as "1d 2h 3m 4s"; below a minute with four digits, below a second with a prefix. */
export function humanizeDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return printShort(seconds);
  if (seconds === 0) return `${printShort(seconds)}s`;
  if (Math.abs(seconds) < 1) return `${scaleUp(seconds)}s`;
  // What int64 has no room for becomes its least number, as Go's conversion does on amd64.
  if (Math.abs(seconds) >= 2 ** 63) return "-106751991167300d -15h -30m -8s";
  const sign = seconds < 0 ? "-" : "";
  const magnitude = Math.abs(seconds);
  const whole = Math.trunc(magnitude);
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600) % 24;
  const days = Math.floor(whole / 86_400);
  if (days > 0) return `${sign}${days}d ${hours}h ${minutes}m ${whole % 60}s`;
  if (hours > 0) return `${sign}${hours}h ${minutes}m ${whole % 60}s`;
  if (minutes > 0) return `${sign}${minutes}m ${whole % 60}s`;
  return `${sign}${printShort(magnitude)}s`;
}

export function humanizePercentage(ratio: number): string {
  return `${printShort(ratio * 100)}%`;
}

export function humanizeTimestamp(seconds: number): string {
  if (!Number.isFinite(seconds)) return printShort(seconds);
  const time = timeFromSeconds(seconds);
  return printValue(time);
}

const nsMax = 2 ** 63;

/** To the millisecond, as Prometheus' model.Time. */
export function timeFromSeconds(seconds: number): TimeValue {
  return timeAt((nanosecondsFrom(seconds, "timestamp") / 1_000_000n) * 1_000_000n);
}

/** Throws CallError where int64 has no room. */
export function nanosecondsFrom(seconds: number, kind: "timestamp" | "duration"): bigint {
  if (!Number.isFinite(seconds)) throw new CallError("value is NaN or Inf");
  const ns = seconds * 1e9;
  if (Math.abs(ns) >= nsMax) {
    const shown = formatFloat(seconds, "g");
    throw new CallError(`${shown} cannot be represented as a nanoseconds ${kind} since it overflows int64`);
  }
  return BigInt(Math.trunc(ns));
}
