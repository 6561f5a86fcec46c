// Durations as Prometheus writes them ("1h30m") and timestamps as its APIs take them. All values in milliseconds.

const unitMs = { y: 31_536_000_000, w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
const units = Object.keys(unitMs) as (keyof typeof unitMs)[];
// Go's time.Duration ends at 2^63 - 1 ns.
const durationMsMax = 9_223_372_036_854;
const uint64Max = 2 ** 64;

/**
 * Milliseconds; throws with Prometheus' texts: "empty duration string", "not a valid duration string",
 * "unknown unit", "duration out of range".
 */
export function parseDuration(text: string): number {
  if (text === "0") return 0;
  if (text === "") throw new Error("empty duration string");
  const invalid = () => new Error(`not a valid duration string: ${JSON.stringify(text)}`);
  let ms = 0;
  let last = -1;
  for (const [part, count, name] of text.matchAll(/(\d*)(\D*)/g)) {
    if (part === "") break;
    if (!count || !name || Number(count) >= uint64Max) throw invalid();
    const place = units.indexOf(name as keyof typeof unitMs);
    if (place < 0) throw new Error(`unknown unit ${JSON.stringify(name)} in duration ${JSON.stringify(text)}`);
    if (place <= last) throw invalid();
    last = place;
    ms += Number(count) * unitMs[name as keyof typeof unitMs];
    if (ms > durationMsMax) throw new Error("duration out of range");
  }
  return ms;
}

/** As Prometheus prints durations in configs and expressions: "1h30m"; years and weeks only when nothing is left. */
export function printDuration(ms: number): string {
  if (ms === 0) return "0s";
  if (ms < 0) return `-${printDuration(-ms)}`;
  let rest = ms;
  let text = "";
  for (const [unit, size] of Object.entries(unitMs)) {
    const onlyWhole = unit === "y" || unit === "w";
    if (onlyWhole && rest % size !== 0) continue;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** Unix seconds (may have a fraction) or RFC 3339, to ms; undefined when it is neither. */
export function parseTimestamp(text: string): number | undefined {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  if (!rfc3339.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** As Go prints a time.Duration: "1h0m0s", "1.5s", "20ms". */
export function printGoDuration(ms: number): string {
  if (ms === 0) return "0s";
  if (ms < 1000) return `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = `${(ms % 60_000) / 1000}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
