// time.Time as a template value: construction, printing and the methods that templates may call.
import { CallError } from "../errors.js";
import type { GoType, IntegerValue, MethodTable, TemplateFunction, TimeValue, Value } from "../value/value.js";
import { nanosecondsFrom, splitNanoseconds } from "./calendar.js";
import { durationOf, typedInteger } from "./duration.js";
import { clockOf, formatTime } from "./format.js";
import { monthNames, weekdayNames } from "./layout.js";
import { localZone, utcZone, type Zone } from "./zone.js";

/** Midnight, 1 January of year 1: Go's zero time. */
const zeroTimeNs = -62_135_596_800_000_000_000n;
const durationMax = 2n ** 63n - 1n;
const printLayout = "2006-01-02 15:04:05.999999999 -0700 MST";

function timeOf(value: Value): TimeValue {
  return value as TimeValue;
}

function method(
  call: (time: TimeValue, args: readonly Value[]) => Value,
  params: readonly string[] = [],
): TemplateFunction {
  return { params, call: ([receiver, ...args]) => call(timeOf(receiver), args) };
}

function clockMethod(read: (clock: ReturnType<typeof clockOf>) => Value): TemplateFunction {
  return method((time) => read(clockOf(time)));
}

function compare(accept: (difference: bigint) => Value): TemplateFunction {
  return method((time, [other]) => accept(time.ns - timeOf(other).ns), ["time.Time"]);
}

const timeMethods: MethodTable = new Map<string, TemplateFunction>([
  ["Year", clockMethod(({ civil }) => BigInt(civil.year))],
  ["Month", clockMethod(({ civil }) => enumOf(monthType, civil.month))],
  ["Day", clockMethod(({ civil }) => BigInt(civil.day))],
  ["Hour", clockMethod(({ civil }) => BigInt(civil.hour))],
  ["Minute", clockMethod(({ civil }) => BigInt(civil.minute))],
  ["Second", clockMethod(({ civil }) => BigInt(civil.second))],
  ["Nanosecond", clockMethod(({ civil }) => BigInt(civil.nanosecond))],
  ["Weekday", clockMethod(({ civil }) => enumOf(weekdayType, civil.weekday))],
  ["YearDay", clockMethod(({ civil }) => BigInt(civil.yearDay))],
  ["Unix", method(({ ns }) => typedInteger(BigInt(splitNanoseconds(ns).seconds)))],
  ["UnixMilli", method(({ ns }) => typedInteger(floorDivide(ns, 1_000_000n)))],
  ["UnixMicro", method(({ ns }) => typedInteger(floorDivide(ns, 1000n)))],
  ["UnixNano", method(({ ns }) => typedInteger(BigInt.asIntN(64, ns)))],
  ["UTC", method(({ ns }) => timeAt(ns))],
  ["Local", method(({ ns }) => timeAt(ns, localZone()))],
  ["IsZero", method(({ ns }) => ns === zeroTimeNs)],
  ["Format", method((time, [layout]) => formatTime(time, layout as string), ["string"])],
  ["String", method((time) => formatTime(time, printLayout))],
  ["Add", method((time, [duration]) => shift(time, (duration as IntegerValue).value), ["time.Duration"])],
  ["AddDate", method(addDate, ["int", "int", "int"])],
  ["Sub", compare((difference) => durationOf(clampDuration(difference)))],
  ["Before", compare((difference) => difference < 0n)],
  ["After", compare((difference) => difference > 0n)],
  ["Equal", compare((difference) => difference === 0n)],
  ["Compare", compare((difference) => (difference < 0n ? -1n : difference > 0n ? 1n : 0n))],
  ["Truncate", method((time, [unit]) => truncate(time, (unit as IntegerValue).value), ["time.Duration"])],
  ["Round", method((time, [unit]) => round(time, (unit as IntegerValue).value), ["time.Duration"])],
]);

export const timeType: GoType = {
  name: "time.Time",
  print: (value) => formatTime(timeOf(value), printLayout),
  methods: timeMethods,
};

export function timeAt(ns: bigint, zone: Zone = utcZone): TimeValue {
  return { kind: "time", type: timeType, ns, zone };
}

export function timeFromMs(ms: number): TimeValue {
  return timeAt(BigInt(ms) * 1_000_000n);
}

export function zeroTime(): TimeValue {
  return timeAt(zeroTimeNs);
}

/** As time.Time marshals itself: RFC 3339 with as many digits of a second as there are. */
export function printRfc3339(time: TimeValue): string {
  return formatTime(time, "2006-01-02T15:04:05.999999999Z07:00");
}

function floorDivide(value: bigint, unit: bigint): bigint {
  return (value - (((value % unit) + unit) % unit)) / unit;
}

function clampDuration(ns: bigint): bigint {
  if (ns > durationMax) return durationMax;
  return ns < -durationMax - 1n ? -durationMax - 1n : ns;
}

function shift({ ns, zone }: TimeValue, by: bigint): TimeValue {
  return timeAt(ns + by, zone);
}

// Years that Go's time can print with four digits, and a little more.
const dateFieldMax = 1_000_000n;

function addDate(time: TimeValue, args: readonly Value[]): Value {
  for (const arg of args as readonly bigint[]) {
    if (arg > dateFieldMax || arg < -dateFieldMax) throw new CallError("date out of range");
  }
  const [years, months, days] = args.map(Number) as [number, number, number];
  const { civil, offset } = clockOf(time);
  const moved = { ...civil, year: civil.year + years, month: civil.month + months, day: civil.day + days };
  return timeAt(nanosecondsFrom(moved, offset.seconds), time.zone);
}

/** Multiples of `unit` are counted from the zero time, as Go counts them. */
function truncate(time: TimeValue, unit: bigint): TimeValue {
  return unit <= 0n ? time : shift(time, -((time.ns - zeroTimeNs) % unit));
}

function round(time: TimeValue, unit: bigint): TimeValue {
  if (unit <= 0n) return time;
  const rest = (time.ns - zeroTimeNs) % unit;
  return shift(time, rest * 2n < unit ? -rest : unit - rest);
}

function enumType(name: string, nameOf: (value: number) => string): GoType {
  const print = (value: Value): string => nameOf(Number((value as IntegerValue).value));
  return { name, print, methods: new Map([["String", { params: [], call: ([receiver]) => print(receiver) }]]) };
}

const monthType: GoType = enumType("time.Month", (value) => monthNames[value - 1] as string);
const weekdayType: GoType = enumType("time.Weekday", (value) => weekdayNames[value] as string);

function enumOf(type: GoType, value: number): IntegerValue {
  return { kind: "integer", type, value: BigInt(value) };
}
