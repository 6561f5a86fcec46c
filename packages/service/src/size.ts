// Byte sizes as Prometheus writes them: powers of 1024.
const units = { B: 0, KB: 1, MB: 2, GB: 3, TB: 4, PB: 5, EB: 6 } as const;
const form = /^(\d+(?:\.\d+)?)(B|[KMGTPE]i?B)?$/;

/** "512MB" or "512MiB" to bytes; a bare number only where it is 0. */
export function parseSize(text: string): number {
  const match = form.exec(text);
  if (!match || (match[2] === undefined && Number(match[1]) !== 0)) {
    const unit = text.replace(/^[\d.]*/, "");
    throw new Error(`units: unknown unit ${unit} in ${text}; write a size such as 512MB`);
  }
  const unit = (match[2] ?? "B").replace("i", "") as keyof typeof units;
  return Math.round(Number(match[1]) * 1024 ** units[unit]);
}

/** The largest unit that divides the size evenly. */
export function printSize(bytes: number): string {
  if (bytes === 0) return "0B";
  const names = Object.keys(units).reverse() as (keyof typeof units)[];
  const unit = names.find((name) => bytes % 1024 ** units[name] === 0) ?? "B";
  return `${bytes / 1024 ** units[unit]}${unit}`;
}
