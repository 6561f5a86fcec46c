// time.Duration: an integer of nanoseconds that prints as 1h30m0s.
import type { GoType, IntegerValue, MethodTable, TemplateFunction, Value } from "../value/value.js";

const second = 1_000_000_000n;
const minute = 60n * second;
const hour = 60n * minute;
const nsMax = 2n ** 63n - 1n;

export function printGoDuration(ns: bigint): string {
  if (ns === 0n) return "0s";
  if (ns < 0n) return `-${printGoDuration(-ns)}`;
  if (ns < second) return printFraction(ns);
  const hours = ns / hour;
  const minutes = (ns / minute) % 60n;
  const seconds = `${printUnits(ns % minute, second)}s`;
  if (hours > 0n) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0n ? `${minutes}m${seconds}` : seconds;
}

/** Below a second: the largest unit that is not zero. */
function printFraction(ns: bigint): string {
  if (ns < 1000n) return `${ns}ns`;
  return ns < 1_000_000n ? `${printUnits(ns, 1000n)}µs` : `${printUnits(ns, 1_000_000n)}ms`;
}

function printUnits(ns: bigint, unit: bigint): string {
  const fraction = String(ns % unit)
    .padStart(String(unit).length - 1, "0")
    .replace(/0+$/, "");
  return fraction === "" ? String(ns / unit) : `${ns / unit}.${fraction}`;
}

function nanosecondsOf(value: Value): bigint {
  return (value as IntegerValue).value;
}

function method(call: (ns: bigint, args: readonly Value[]) => Value, params: readonly string[] = []): TemplateFunction {
  return { params, call: ([receiver, ...args]) => call(nanosecondsOf(receiver), args) };
}

/** Whole units and the rest apart, as Go adds them, so that the float is the same. */
function inUnits(unit: bigint): TemplateFunction {
  return method((ns) => Number(ns / unit) + Number(ns % unit) / Number(unit));
}

function roundTo(ns: bigint, unit: bigint): bigint {
  if (unit <= 0n) return ns;
  const rest = ns % unit;
  const magnitude = rest < 0n ? -rest : rest;
  if (magnitude * 2n < unit) return ns - rest;
  const rounded = ns - rest + (ns < 0n ? -unit : unit);
  return rounded > nsMax ? nsMax : rounded < -nsMax ? -nsMax - 1n : rounded;
}

const durationMethods: MethodTable = new Map<string, TemplateFunction>([
  ["Hours", inUnits(hour)],
  ["Minutes", inUnits(minute)],
  ["Seconds", inUnits(second)],
  ["Milliseconds", method((ns) => typedInteger(ns / 1_000_000n))],
  ["Microseconds", method((ns) => typedInteger(ns / 1000n))],
  ["Nanoseconds", method((ns) => typedInteger(ns))],
  ["Abs", method((ns) => durationOf(ns < 0n ? -ns : ns))],
  ["Round", method((ns, [unit]) => durationOf(roundTo(ns, nanosecondsOf(unit))), ["time.Duration"])],
  [
    "Truncate",
    method(
      (ns, [unit]) => durationOf(nanosecondsOf(unit) > 0n ? ns - (ns % nanosecondsOf(unit)) : ns),
      ["time.Duration"],
    ),
  ],
  ["String", method((ns) => printGoDuration(ns))],
]);

export const durationType: GoType = {
  name: "time.Duration",
  print: (value) => printGoDuration(nanosecondsOf(value)),
  methods: durationMethods,
};

export function durationOf(ns: bigint): IntegerValue {
  return { kind: "integer", type: durationType, value: BigInt.asIntN(64, ns) };
}

const int64Type: GoType = { name: "int64" };

/** An int64, which is not the `int` that functions ask for. */
export function typedInteger(value: bigint): IntegerValue {
  return { kind: "integer", type: int64Type, value };
}
