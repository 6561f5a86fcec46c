// Prints numbers for people: few digits, prefixes, units. Raw values stay as the server printed them.

export type Unit = "none" | "bytes" | "bytes-per-second" | "seconds" | "ratio" | "percent" | "per-second";

export const unitNames: Record<Unit, string> = {
  none: "Number",
  bytes: "Bytes (KiB, MiB)",
  "bytes-per-second": "Bytes per second",
  seconds: "Seconds",
  ratio: "Percent (0–1)",
  percent: "Percent (0–100)",
  "per-second": "Per second",
};

export function isUnit(text: string): text is Unit {
  return Object.hasOwn(unitNames, text);
}

/** Reads a float as Go prints it: "NaN", "+Inf", "-Inf", "1e+21". */
export function parseValue(text: string): number {
  if (text === "+Inf" || text === "Inf") return Number.POSITIVE_INFINITY;
  if (text === "-Inf") return Number.NEGATIVE_INFINITY;
  return Number(text);
}

const printers: Record<Unit, (value: number) => string> = {
  none: (value) => printScaled(value, { base: 1000, prefixes: ["", "k", "M", "G", "T", "P", "E"] }),
  bytes: printBytes,
  "bytes-per-second": (value) => `${printBytes(value)}/s`,
  seconds: printSeconds,
  ratio: (value) => `${printDigits(value * 100)}%`,
  percent: (value) => `${printDigits(value)}%`,
  "per-second": (value) => `${printScaled(value, { base: 1000, prefixes: ["", "k", "M", "G", "T"] })}/s`,
};

/** About four significant digits with the unit's prefixes: 1.234k, 12.5 MiB, 350 ms, 42.1%. */
export function printValue(value: number, unit: Unit = "none"): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return printers[unit](value);
}

function printBytes(value: number): string {
  return printScaled(value, { base: 1024, prefixes: [" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"] });
}

function printScaled(value: number, scale: { base: number; prefixes: string[] }): string {
  let scaled = value;
  let power = 0;
  while (Math.abs(scaled) >= scale.base && power < scale.prefixes.length - 1) {
    scaled /= scale.base;
    power++;
  }
  return printDigits(scaled) + scale.prefixes[power];
}

const secondUnits: [factor: number, name: string][] = [
  [1e-9, "ns"],
  [1e-6, "µs"],
  [1e-3, "ms"],
  [1, "s"],
  [60, "min"],
  [3600, "h"],
  [86400, "d"],
];

function printSeconds(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude === 0) return "0 s";
  let chosen = secondUnits[0]!;
  for (const candidate of secondUnits) if (magnitude >= candidate[0]) chosen = candidate;
  return `${printDigits(value / chosen[0])} ${chosen[1]}`;
}

/** Four significant digits, no trailing zeros, an exponent only for what is very small or very large. */
export function printDigits(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e21)) return value.toExponential(2);
  return String(Number(value.toPrecision(magnitude >= 1000 ? 5 : 4)));
}

/** "1,234,567": for counts of things. */
export function printCount(count: number): string {
  return String(Math.trunc(count)).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** "1 series" needs no plural, "1 rule" does: plural(2, "rule") is "2 rules". */
export function plural(count: number, noun: string, nouns: string = `${noun}s`): string {
  return `${printCount(count)} ${count === 1 ? noun : nouns}`;
}
