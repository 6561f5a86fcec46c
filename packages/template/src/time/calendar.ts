// The proleptic Gregorian calendar, on nanoseconds since 1970: year 0 and beyond, which Date cannot do exactly.

export interface CivilTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** 1 is the first of January. */
  readonly yearDay: number;
}

export const nanosecondsPerSecond: bigint = 1_000_000_000n;
const secondsPerDay = 86_400;

/** Whole seconds, rounded down, and the rest. */
export function splitNanoseconds(ns: bigint): { seconds: number; nanosecond: number } {
  const rest = ((ns % nanosecondsPerSecond) + nanosecondsPerSecond) % nanosecondsPerSecond;
  return { seconds: Number((ns - rest) / nanosecondsPerSecond), nanosecond: Number(rest) };
}

/** What a clock shows that is `offsetSeconds` east of UTC. */
export function civilFrom(ns: bigint, offsetSeconds: number): CivilTime {
  const { seconds, nanosecond } = splitNanoseconds(ns);
  const local = seconds + offsetSeconds;
  const days = Math.floor(local / secondsPerDay);
  const second = local - days * secondsPerDay;
  const date = dateFromDays(days);
  return {
    ...date,
    hour: Math.floor(second / 3600),
    minute: Math.floor(second / 60) % 60,
    second: second % 60,
    nanosecond,
    weekday: (((days + 4) % 7) + 7) % 7,
    yearDay: days - daysFromDate({ year: date.year, month: 1, day: 1 }) + 1,
  };
}

interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

// Eras of 400 years beginning in March: http://howardhinnant.github.io/date_algorithms.html
function dateFromDays(days: number): CivilDate {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const eraDay = shifted - era * 146_097;
  const eraYear = Math.floor(
    (eraDay - Math.floor(eraDay / 1460) + Math.floor(eraDay / 36_524) - Math.floor(eraDay / 146_096)) / 365,
  );
  const yearDay = eraDay - (365 * eraYear + Math.floor(eraYear / 4) - Math.floor(eraYear / 100));
  const marchMonth = Math.floor((5 * yearDay + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = eraYear + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, day: yearDay - Math.floor((153 * marchMonth + 2) / 5) + 1 };
}

/** Days since 1970; months and days beyond their ranges carry over. */
export function daysFromDate({ year, month, day }: CivilDate): number {
  const carried = year + Math.floor((month - 1) / 12);
  const month1 = ((((month - 1) % 12) + 12) % 12) + 1;
  const marchYear = month1 <= 2 ? carried - 1 : carried;
  const era = Math.floor(marchYear / 400);
  const eraYear = marchYear - era * 400;
  const yearDay = Math.floor((153 * (month1 > 2 ? month1 - 3 : month1 + 9) + 2) / 5) + day - 1;
  const eraDay = eraYear * 365 + Math.floor(eraYear / 4) - Math.floor(eraYear / 100) + yearDay;
  return era * 146_097 + eraDay - 719_468;
}

type CivilInstant = Pick<CivilTime, "year" | "month" | "day" | "hour" | "minute" | "second" | "nanosecond">;

/** Nanoseconds since 1970 of a clock reading `offsetSeconds` east of UTC. */
export function nanosecondsFrom(civil: CivilInstant, offsetSeconds: number): bigint {
  const seconds =
    daysFromDate(civil) * secondsPerDay + civil.hour * 3600 + civil.minute * 60 + civil.second - offsetSeconds;
  return BigInt(seconds) * nanosecondsPerSecond + BigInt(civil.nanosecond);
}

export function daysInMonth(year: number, month: number): number {
  return daysFromDate({ year, month: month + 1, day: 1 }) - daysFromDate({ year, month, day: 1 });
}
