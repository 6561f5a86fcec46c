// Time zones by IANA name, from the ICU data in the JavaScript engine.

export interface ZoneOffset {
  readonly seconds: number;
  /** "UTC", "CET", or "+03" where the zone has no letters. */
  readonly abbreviation: string;
}

export interface Zone {
  readonly name: string;
  /** In force at `unixSeconds`. */
  readonly offsetAt: (unixSeconds: number) => ZoneOffset;
}

const utcOffset: ZoneOffset = { seconds: 0, abbreviation: "UTC" };

export const utcZone: Zone = { name: "UTC", offsetAt: () => utcOffset };

export function fixedZone(offset: ZoneOffset): Zone {
  return { name: offset.abbreviation, offsetAt: () => offset };
}

/** The machine's zone, as $TZ sets it. */
export function localZone(): Zone {
  return loadZone(new Intl.DateTimeFormat().resolvedOptions().timeZone);
}

/** Throws Error "unknown time zone <name>". */
export function loadZone(name: string): Zone {
  if (name === "" || name === "UTC") return utcZone;
  if (name === "Local") return localZone();
  const clock = clockFormat(name);
  return {
    name,
    offsetAt: (unixSeconds) => {
      const seconds = offsetSecondsAt(clock, unixSeconds);
      return { seconds, abbreviation: abbreviationAt(name, { unixSeconds, seconds }) };
    },
  };
}

function clockFormat(timeZone: string): Intl.DateTimeFormat {
  // ICU takes "+01:00" and lower-case names, Go's database does not.
  if (!/^[A-Z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/.test(timeZone)) throw new Error(`unknown time zone ${timeZone}`);
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  } catch (error) {
    throw new Error(`unknown time zone ${timeZone}`, { cause: error });
  }
}

function offsetSecondsAt(clock: Intl.DateTimeFormat, unixSeconds: number): number {
  const match = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(zoneNamePart(clock, unixSeconds));
  if (!match?.[1]) return 0;
  const [, sign, hours, minutes, seconds = "0"] = match;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
}

function zoneNamePart(format: Intl.DateTimeFormat, unixSeconds: number): string {
  const parts = format.formatToParts(unixSeconds * 1000);
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
}

// Each locale knows the letters of its own zones only.
const locales = ["en-US", "en-GB", "en-AU", "en-NZ", "en-CA", "en-ZA", "en-IN", "en-IE"];
// Where Go's database has other letters than ICU, or where no locale prints them.
const lettersByZone: ReadonlyMap<string, string> = new Map([
  ["GMT", "GMT"],
  ["Asia/Dubai", "+04"],
  ["Asia/Tokyo", "JST"],
  ["Asia/Seoul", "KST"],
  ["Asia/Shanghai", "CST"],
  ["Asia/Taipei", "CST"],
  ["Asia/Hong_Kong", "HKT"],
  ["Asia/Manila", "PST"],
  ["Asia/Jakarta", "WIB"],
  ["Asia/Karachi", "PKT"],
  ["Africa/Lagos", "WAT"],
  ["Africa/Nairobi", "EAT"],
  ["Europe/Moscow", "MSK"],
]);

function abbreviationAt(timeZone: string, at: { unixSeconds: number; seconds: number }): string {
  const known = lettersByZone.get(timeZone);
  if (known !== undefined) return known;
  for (const locale of locales) {
    const name = zoneNamePart(new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: "short" }), at.unixSeconds);
    if (/^[A-Z]{3,5}$/.test(name) && (name !== "GMT" || at.seconds === 0)) return name;
  }
  return printOffset(at.seconds);
}

/** "+03", "+0530", as the zone database names zones without letters. */
function printOffset(seconds: number): string {
  const minutes = Math.floor(Math.abs(seconds) / 60);
  const rest = minutes % 60;
  const hours = String(Math.floor(minutes / 60)).padStart(2, "0");
  return `${seconds < 0 ? "-" : "+"}${hours}${rest > 0 ? String(rest).padStart(2, "0") : ""}`;
}
