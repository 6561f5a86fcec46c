// Text under a Go layout → a moment: time.Parse.
import { quote } from "@narthex/model";
import { daysFromDate, daysInMonth, nanosecondsFrom } from "./calendar.js";
import type { Moment } from "./format.js";
import { type LayoutPart, monthNames, splitLayout, weekdayNames } from "./layout.js";
import { fixedZone, utcZone, type Zone } from "./zone.js";

interface Reading {
  year: number;
  month: number;
  day: number;
  yearDay: number | undefined;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  isPm: boolean | undefined;
  offsetSeconds: number | undefined;
  abbreviation: string | undefined;
}

/** Throws Error with Go's text: `parsing time "x" as "2006": cannot parse "x" as "2006"`. */
export function parseTime(text: string, layout: string, zone: Zone = utcZone): Moment {
  const reading: Reading = {
    year: 0,
    month: 1,
    day: 1,
    yearDay: undefined,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    isPm: undefined,
    offsetSeconds: undefined,
    abbreviation: undefined,
  };
  const rest = readParts(reading, { text, layout });
  if (rest !== "") throw parseError(text, `: extra text: ${quote(rest)}`);
  return momentFrom(reading, { text, zone });
}

function parseError(text: string, detail: string): Error {
  return new Error(`parsing time ${quote(text)}${detail}`);
}

function readParts(reading: Reading, { text, layout }: { text: string; layout: string }): string {
  let rest = text;
  for (const part of splitLayout(layout)) {
    const taken = part.kind === "literal" ? readLiteral(rest, part.text) : readField(reading, part, rest);
    if (taken === undefined) {
      throw parseError(text, ` as ${quote(layout)}: cannot parse ${quote(rest)} as ${quote(part.text)}`);
    }
    rest = rest.slice(taken);
    // Go takes a fraction after the seconds though the layout has none.
    if (part.text === "05" || part.text === "5") rest = readLooseFraction(reading, { rest, layout });
  }
  return rest;
}

function readLiteral(rest: string, literal: string): number | undefined {
  return rest.startsWith(literal) ? literal.length : undefined;
}

function readLooseFraction(reading: Reading, { rest, layout }: { rest: string; layout: string }): string {
  const match = /^[.,]\d+/.exec(rest);
  if (!match || /0?5[.,][09]/.test(layout)) return rest;
  reading.nanosecond = nanosecondOf(match[0]);
  return rest.slice(match[0].length);
}

function nanosecondOf(fraction: string): number {
  return Number(fraction.slice(1, 10).padEnd(9, "0"));
}

type NumberField = "year" | "month" | "day" | "yearDay" | "hour" | "minute" | "second";

const numberFields: ReadonlyMap<string, { form: RegExp; field: NumberField }> = new Map([
  ["2006", { form: /^\d{4}/, field: "year" }],
  ["01", { form: /^\d{2}/, field: "month" }],
  ["1", { form: /^\d{1,2}/, field: "month" }],
  ["02", { form: /^\d{2}/, field: "day" }],
  ["_2", { form: /^ ?\d{1,2}/, field: "day" }],
  ["2", { form: /^\d{1,2}/, field: "day" }],
  ["002", { form: /^\d{3}/, field: "yearDay" }],
  ["__2", { form: /^ {0,2}\d{1,3}/, field: "yearDay" }],
  ["15", { form: /^\d{1,2}/, field: "hour" }],
  ["03", { form: /^\d{2}/, field: "hour" }],
  ["3", { form: /^\d{1,2}/, field: "hour" }],
  ["04", { form: /^\d{2}/, field: "minute" }],
  ["4", { form: /^\d{1,2}/, field: "minute" }],
  ["05", { form: /^\d{2}/, field: "second" }],
  ["5", { form: /^\d{1,2}/, field: "second" }],
]);

/** Characters taken; undefined when the text does not have the field. */
function readField(reading: Reading, { text: field }: LayoutPart, rest: string): number | undefined {
  const number = numberFields.get(field);
  if (number) {
    const match = number.form.exec(rest);
    if (match) reading[number.field] = Number(match[0]);
    return match?.[0].length;
  }
  switch (field) {
    case "06":
      return readShortYear(reading, rest);
    case "January":
    case "Jan":
      return readName(monthNames, { field, rest }, (i) => {
        reading.month = i + 1;
      });
    case "Monday":
    case "Mon":
      return readName(weekdayNames, { field, rest }, () => {});
    case "PM":
    case "pm":
      return readHalf(reading, { field, rest });
    case "MST":
      return readAbbreviation(reading, rest);
  }
  return /^[.,]/.test(field) ? readFraction(reading, { field, rest }) : readOffset(reading, { field, rest });
}

function readShortYear(reading: Reading, rest: string): number | undefined {
  if (!/^\d{2}/.test(rest)) return undefined;
  const year = Number(rest.slice(0, 2));
  // The two digits of Unix' years: 69 to 68.
  reading.year = year >= 69 ? 1900 + year : 2000 + year;
  return 2;
}

interface Place {
  readonly field: string;
  readonly rest: string;
}

function readName(names: readonly string[], { field, rest }: Place, take: (index: number) => void): number | undefined {
  const forms = field.length === 3 ? names.map((name) => name.slice(0, 3)) : names;
  const index = forms.findIndex((name) => rest.slice(0, name.length).toLowerCase() === name.toLowerCase());
  if (index < 0) return undefined;
  take(index);
  return (forms[index] as string).length;
}

function readHalf(reading: Reading, { field, rest }: Place): number | undefined {
  const halves = field === "PM" ? ["AM", "PM"] : ["am", "pm"];
  const index = halves.indexOf(rest.slice(0, 2));
  if (index < 0) return undefined;
  reading.isPm = index === 1;
  return 2;
}

function readAbbreviation(reading: Reading, rest: string): number | undefined {
  const match = /^(?:UTC|[A-Z]{3,4}(?![A-Z])|[+-]\d{2})/.exec(rest);
  if (!match) return undefined;
  reading.abbreviation = match[0];
  return match[0].length;
}

function readFraction(reading: Reading, { field, rest }: Place): number | undefined {
  const match = /^[.,](\d+)/.exec(rest);
  if (field[1] === "9") {
    if (!match) return 0;
  } else if (!match?.[1] || match[1].length !== field.length - 1) {
    return undefined;
  }
  reading.nanosecond = nanosecondOf(match[0]);
  return match[0].length;
}

function readOffset(reading: Reading, { field, rest }: Place): number | undefined {
  if (field.startsWith("Z") && rest.startsWith("Z")) {
    reading.offsetSeconds = 0;
    return 1;
  }
  const digits = field.slice(1).replaceAll("0", "\\d").replaceAll("7", "\\d");
  const match = new RegExp(`^([+-])(${digits})`).exec(rest);
  if (!match) return undefined;
  const text = (match[2] as string).replaceAll(":", "").padEnd(6, "0");
  const seconds = Number(text.slice(0, 2)) * 3600 + Number(text.slice(2, 4)) * 60 + Number(text.slice(4));
  reading.offsetSeconds = match[1] === "-" ? -seconds : seconds;
  return match[0].length;
}

function momentFrom(reading: Reading, { text, zone }: { text: string; zone: Zone }): Moment {
  const outOfRange = rangeErrorOf(reading);
  if (outOfRange) throw parseError(text, `: ${outOfRange} out of range`);
  if (reading.isPm === true && reading.hour < 12) reading.hour += 12;
  if (reading.isPm === false && reading.hour === 12) reading.hour = 0;
  if (reading.yearDay !== undefined) applyYearDay(reading, reading.yearDay);
  return inZone(reading, zone);
}

function rangeErrorOf({ year, month, day, yearDay, hour, minute, second }: Reading): string | undefined {
  if (month < 1 || month > 12) return "month";
  if (day < 1 || day > daysInMonth(year, month)) return "day";
  if (yearDay !== undefined && (yearDay < 1 || yearDay > 366)) return "day-of-year";
  if (hour > 23) return "hour";
  if (minute > 59) return "minute";
  return second > 59 ? "second" : undefined;
}

function applyYearDay(reading: Reading, yearDay: number): void {
  let { month, day } = { month: 1, day: yearDay };
  while (day > daysInMonth(reading.year, month)) day -= daysInMonth(reading.year, month++);
  reading.month = month;
  reading.day = day;
}

function inZone(reading: Reading, zone: Zone): Moment {
  if (reading.offsetSeconds !== undefined) {
    const { offsetSeconds, abbreviation = "" } = reading;
    const ns = nanosecondsFrom(reading, offsetSeconds);
    const isUtc = offsetSeconds === 0 && (abbreviation === "" || abbreviation === "UTC");
    return { ns, zone: isUtc ? utcZone : fixedZone({ seconds: offsetSeconds, abbreviation }) };
  }
  if (reading.abbreviation !== undefined && reading.abbreviation !== "UTC") {
    // Go makes up a zone of that name at UTC when it does not know the letters.
    return { ns: nanosecondsFrom(reading, 0), zone: fixedZone({ seconds: 0, abbreviation: reading.abbreviation }) };
  }
  const guess = zone.offsetAt(daysFromDate(reading) * 86_400 + reading.hour * 3600).seconds;
  const offset = zone.offsetAt(Number(nanosecondsFrom(reading, guess) / 1_000_000_000n)).seconds;
  return { ns: nanosecondsFrom(reading, offset), zone };
}
