// Units of OpenTelemetry, in UCUM's notation → the words that Prometheus' names and metadata have.
// Source: OpenTelemetry's "Prometheus and OpenMetrics Compatibility", section on units.

/** What a unit counts, before a "/". */
const unitWords: ReadonlyMap<string, string> = new Map([
  ["d", "days"],
  ["h", "hours"],
  ["min", "minutes"],
  ["s", "seconds"],
  ["ms", "milliseconds"],
  ["us", "microseconds"],
  ["ns", "nanoseconds"],
  ["By", "bytes"],
  ["KiBy", "kibibytes"],
  ["MiBy", "mebibytes"],
  ["GiBy", "gibibytes"],
  // Prometheus: so spelled in the names that it makes.
  ["TiBy", "tibibytes"],
  ["KBy", "kilobytes"],
  ["MBy", "megabytes"],
  ["GBy", "gigabytes"],
  ["TBy", "terabytes"],
  ["m", "meters"],
  ["V", "volts"],
  ["A", "amperes"],
  ["J", "joules"],
  ["W", "watts"],
  ["g", "grams"],
  ["Cel", "celsius"],
  ["Hz", "hertz"],
  ["1", ""],
  ["%", "percent"],
]);

/** Behind a "/". */
const perWords: ReadonlyMap<string, string> = new Map([
  ["s", "second"],
  ["m", "minute"],
  ["h", "hour"],
  ["d", "day"],
  ["w", "week"],
  ["mo", "month"],
  ["y", "year"],
]);

/** Both may be empty; `per` is "per_second" and the like. */
export type UnitSuffixes = { readonly main: string; readonly per: string };

/** As they are sent where no word is known. What stands in braces is an annotation, and says nothing of the unit. */
export function unitSuffixes(unit: string): UnitSuffixes {
  const slash = unit.indexOf("/");
  const main = wordOf(slash < 0 ? unit : unit.slice(0, slash), unitWords);
  const per = slash < 0 ? "" : wordOf(unit.slice(slash + 1), perWords);
  return { main, per: per === "" ? "" : `per_${per}` };
}

function wordOf(part: string, words: ReadonlyMap<string, string>): string {
  const trimmed = part.trim();
  return /[{}]/.test(trimmed) ? "" : (words.get(trimmed) ?? trimmed);
}

/** Of letters, digits, colons and single underscores; none at the start. */
export function cleanUnit(text: string): string {
  return text
    .replace(/[^a-zA-Z0-9:]/gu, "_")
    .replace(/__+/g, "_")
    .replace(/^_/, "");
}

/** What metadata says: "bytes_per_second". */
export function translateUnit(unit: string): string {
  const { main, per } = unitSuffixes(unit);
  const parts = [cleanUnit(main), cleanUnit(per)].filter((part) => part !== "");
  return parts.join("_").replace(/^_|_$/g, "");
}
