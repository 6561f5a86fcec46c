// eq, ne, lt, le, gt, ge: basic kinds only, and of one kind.
import { compareUtf8 } from "@narthex/stdx";
import { CallError } from "../errors.js";
import { printValue } from "../format/value.js";
import type { TemplateFunction, TypedValue, Value } from "../value/value.js";
import { typeName } from "../value/value.js";

type Basic = boolean | string | number | bigint;

/** The value as Go's kind sees it; undefined for what is no basic kind. */
function basicOf(value: Value): Basic | undefined {
  if (typeof value !== "object") return value;
  if (value === null) return undefined;
  if (value.kind === "integer") return value.value;
  return value.kind === "text" ? value.text : undefined;
}

function isNil(value: Value): value is null | undefined {
  return value === null || value === undefined;
}

export function isEqual(a: Value, b: Value): boolean {
  const x = basicOf(a);
  const y = basicOf(b);
  if (x !== undefined && y !== undefined && typeof x === typeof y) return x === y;
  if (isNil(a) || isNil(b)) return isNil(a) && isNil(b);
  if (typeof x !== typeof y) throw incompatible(a, b);
  return isSameObject(a as TypedValue, b as TypedValue);
}

function incompatible(a: Value, b: Value): CallError {
  return new CallError(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
}

function isSameObject(a: TypedValue, b: TypedValue): boolean {
  if (b.kind === "list" || b.kind === "map" || b.kind === "function") throw notComparable(b);
  if (a.kind === "list" || a.kind === "map" || a.kind === "function") throw notComparable(a);
  if (a.kind === "time" && b.kind === "time") return a.ns === b.ns && a.zone.name === b.zone.name;
  if (a.kind !== "struct" || b.kind !== "struct" || a.type !== b.type) return false;
  return a === b || (!a.type.isPointer && [...a.fields].every(([name, field]) => isEqual(field, b.fields.get(name))));
}

function notComparable(value: TypedValue): CallError {
  return new CallError(`non-comparable type ${printValue(value)}: ${typeName(value)}`);
}

/** Below, at or above zero; throws CallError where there is no order. NaN is above everything and below nothing. */
function isLess(a: Value, b: Value): boolean {
  const x = basicOf(a);
  const y = basicOf(b);
  if (x === undefined || y === undefined) throw new CallError("invalid type for comparison");
  if (typeof x !== typeof y) throw incompatible(a, b);
  if (typeof x === "boolean") throw new CallError("invalid type for comparison");
  return typeof x === "string" ? compareUtf8(x, y as string) < 0 : x < (y as number | bigint);
}

function ordering(accept: (a: Value, b: Value) => boolean): TemplateFunction {
  return { params: ["value", "value"], call: ([a, b]) => accept(a, b) };
}

// As Go: le is "less or equal", gt its negation; so NaN is > everything.
const isAtMost = (a: Value, b: Value): boolean => isLess(a, b) || isEqual(a, b);

export const comparisonFunctions: readonly (readonly [string, TemplateFunction])[] = [
  ["eq", { params: ["value"], rest: "value", call: ([first, ...others]) => equalsAny(first, others) }],
  ["ne", ordering((a, b) => !isEqual(a, b))],
  ["lt", ordering(isLess)],
  ["le", ordering(isAtMost)],
  ["gt", ordering((a, b) => !isAtMost(a, b))],
  ["ge", ordering((a, b) => !isLess(a, b))],
];

function equalsAny(first: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new CallError("missing argument for comparison");
  return others.some((other) => isEqual(first, other));
}
