// Durations as Prometheus writes them ("1h30m", "15s", "500ms"), to and from milliseconds.

const unitMs: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};
const pattern = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const patternUnits = ["y", "w", "d", "h", "m", "s", "ms"];

/** Milliseconds, or `undefined` when `text` is not a duration. Also accepts plain seconds, as Prometheus' URLs hold them. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Math.round(Number(trimmed) * 1000);
  const match = pattern.exec(trimmed);
  if (match === null || trimmed === "") return undefined;
  return patternUnits.reduce((sum, unit, i) => sum + Number(match[i + 1] ?? 0) * unitMs[unit]!, 0);
}

/** The exact duration with the fewest units: 5400000 is "1h30m". */
export function printDuration(durationMs: number): string {
  if (durationMs === 0) return "0s";
  let rest = Math.round(durationMs);
  let text = "";
  for (const unit of ["d", "h", "m", "s", "ms"]) {
    const count = Math.floor(rest / unitMs[unit]!);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitMs[unit]!;
  }
  return text;
}

/** The two largest units, for reading: "3d 4h", "2m 5s", "12s". */
export function printRoughDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0s";
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count}${unit}`).join(" ");
}
