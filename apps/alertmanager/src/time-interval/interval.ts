// Spans of recurring time: "weekdays, 09:00 to 17:00, in the last week of the month". Within a field the ranges are
// alternatives; all fields that are given must hold. Comes from: config. Goes to: notify/time-mute.

/** Both ends inclusive, but `end` of a time of day, in minutes, exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface TimeInterval {
  /** Minutes of the day. */
  readonly times: readonly Range[];
  /** 0 is Sunday. */
  readonly weekdays: readonly Range[];
  /** From 1; negative counts from the month's end, -1 its last day. */
  readonly daysOfMonth: readonly Range[];
  /** From 1. */
  readonly months: readonly Range[];
  readonly years: readonly Range[];
  readonly wallClock: WallClock;
}

/** What a clock on the wall of some place shows. */
export interface WallTime {
  readonly minuteOfDay: number;
  readonly weekday: number;
  readonly day: number;
  readonly month: number;
  readonly year: number;
}

export type WallClock = (t: number) => WallTime;

/** `zone` is an IANA name; undefined is the machine's own. Throws RangeError for an unknown one. */
export function wallClockFrom(zone: string | undefined): WallClock {
  const format = new Intl.DateTimeFormat("en-US", {
    ...(zone === undefined ? {} : { timeZone: zone }),
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  return (t) => {
    const parts = Object.fromEntries(format.formatToParts(t).map((part) => [part.type, Number(part.value)]));
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = parts;
    // The date alone decides the weekday, so UTC arithmetic on it is exact.
    const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
    return { minuteOfDay: hour * 60 + minute, weekday, day, month, year };
  };
}

export function contains(interval: TimeInterval, t: number): boolean {
  const wall = interval.wallClock(t);
  return (
    holds(interval.times, (range) => wall.minuteOfDay >= range.start && wall.minuteOfDay < range.end) &&
    holds(interval.daysOfMonth, (range) => containsDay(range, wall)) &&
    holds(interval.weekdays, (range) => isWithin(range, wall.weekday)) &&
    holds(interval.months, (range) => isWithin(range, wall.month)) &&
    holds(interval.years, (range) => isWithin(range, wall.year))
  );
}

function holds(ranges: readonly Range[], test: (range: Range) => boolean): boolean {
  return ranges.length === 0 || ranges.some(test);
}

function isWithin(range: Range, value: number): boolean {
  return value >= range.start && value <= range.end;
}

function containsDay(range: Range, wall: WallTime): boolean {
  const days = new Date(Date.UTC(wall.year, wall.month, 0)).getUTCDate();
  const dayFrom = (day: number): number => (day < 0 ? days + day + 1 : day);
  return isWithin({ start: dayFrom(range.start), end: dayFrom(range.end) }, wall.day);
}
