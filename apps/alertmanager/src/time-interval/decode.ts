// time_intervals in alertmanager.yml → TimeInterval.
import { type Decoder, d } from "@narthex/service";
import { type Range, type TimeInterval, type WallClock, wallClockFrom } from "./interval.js";

const weekdayNames = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const monthNames = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];

const clockTime = /^(?:([01]?\d|2[0-3]):([0-5]\d)|(24):(00))$/;

/** "09:30" as minutes of the day; "24:00" is the day's end. */
function parseClockTime(text: string): number {
  const match = clockTime.exec(text);
  if (!match) throw new Error(`couldn't parse timestamp ${text}, invalid format`);
  return Number(match[1] ?? match[3]) * 60 + Number(match[2] ?? match[4]);
}

const timeRange: Decoder<Range & { source: unknown }> = d.refine(
  d.object("timeinterval.yamlTimeRange", {
    start_time: d.withDefault(d.string, ""),
    end_time: d.withDefault(d.string, ""),
  }),
  (source, fail) => {
    if (source.start_time === "" || source.end_time === "") {
      fail("start_time and end_time must be specified: both must be set in time range");
    }
    const [start, end] = [source.start_time, source.end_time].map((text) => parseOr(fail, text)) as [number, number];
    if (start >= end) fail("start time cannot be equal or greater than end time");
    return { start, end, source };
  },
);

function parseOr(fail: (text: string) => never, text: string): number {
  try {
    return parseClockTime(text);
  } catch (error) {
    return fail((error as Error).message);
  }
}

/** "a" or "a:b" through `parseOne`, start not after end. */
function rangeDecoder(what: string, parseOne: (text: string) => number): Decoder<Range & { source: string }> {
  return d.parsed((source) => {
    const ends = source.toLowerCase().split(":");
    if (ends.length > 2 || ends.includes("")) throw new Error(`couldn't parse ${what} range ${source}, invalid format`);
    const [start, end] = [ends[0] as string, ends.at(-1) as string].map(parseOne) as [number, number];
    if (start > end && start > 0 === end > 0) throw new Error(`start ${what} cannot be after end ${what}`);
    return { start, end, source };
  });
}

function nameOrder(what: string, names: readonly string[]): (text: string) => number {
  return (text) => {
    const order = names.indexOf(text);
    if (order < 0) throw new Error(`${text} is not a valid ${what}`);
    return order;
  };
}

function parseWhole(what: string, text: string): number {
  if (!/^-?\d+$/.test(text)) throw new Error(`couldn't parse ${what} ${text}, not a number`);
  return Number(text);
}

function parseDay(text: string): number {
  const day = parseWhole("day", text);
  if (day === 0 || Math.abs(day) > 31) throw new Error(`${day} is not a valid day of the month: out of range`);
  return day;
}

function parseMonth(text: string): number {
  const named = monthNames.indexOf(text);
  if (named >= 0) return named + 1;
  const month = /^\d+$/.test(text) ? Number(text) : 0;
  if (month < 1 || month > 12) throw new Error(`${text} is not a valid month`);
  return month;
}

const dayRange: Decoder<Range & { source: string }> = d.refine(rangeDecoder("day", parseDay), (range, fail) => {
  // "-3:2" would begin at the month's end and end at its start.
  if (range.start < 0 && range.end > 0) fail("end day must be negative if start day is negative");
  return range;
});

interface Place {
  readonly source: string;
  readonly wallClock: WallClock;
}

const place: Decoder<Place> = d.parsed((source) => {
  try {
    return { source, wallClock: wallClockFrom(source === "Local" ? undefined : source || "UTC") };
  } catch (error) {
    throw new Error(`unknown time zone ${source}`, { cause: error });
  }
});

const utc: Place = { source: "", wallClock: wallClockFrom("UTC") };

/** A TimeInterval that prints as it was written. */
export interface ConfiguredInterval extends TimeInterval {
  readonly toJSON: () => unknown;
}

export const timeIntervalDecoder: Decoder<ConfiguredInterval> = d.refine(
  d.object("timeinterval.TimeInterval", {
    times: d.withDefault(d.list(timeRange), []),
    weekdays: d.withDefault(d.list(rangeDecoder("day", nameOrder("weekday", weekdayNames))), []),
    days_of_month: d.withDefault(d.list(dayRange), []),
    months: d.withDefault(d.list(rangeDecoder("month", parseMonth)), []),
    years: d.withDefault(d.list(rangeDecoder("year", (text) => parseWhole("year", text))), []),
    location: d.withDefault(place, utc),
  }),
  (fields) => ({
    times: fields.times,
    weekdays: fields.weekdays,
    daysOfMonth: fields.days_of_month,
    months: fields.months,
    years: fields.years,
    wallClock: fields.location.wallClock,
    toJSON: () => {
      const { location, ...ranges } = fields;
      const given = Object.entries(ranges).filter(([, list]) => list.length > 0);
      const printed = given.map(([name, list]) => [name, list.map((range) => range.source)]);
      return { ...Object.fromEntries(printed), ...(location.source === "" ? {} : { location: location.source }) };
    },
  }),
);
