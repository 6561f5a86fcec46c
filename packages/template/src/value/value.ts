// Go's values, as templates see them. Everything a template touches is one of these; nothing is a plain JavaScript
// object, so that no lookup can reach a prototype.
//
//   Go                          here
//   bool, string                boolean, string
//   float64                     number
//   int                         bigint
//   nil in an interface         null
//   no value (missing map key)  undefined
//   []T                         ListValue       map[string]T     MapValue
//   struct, *struct             StructValue     time.Time        TimeValue
//   named and sized integers    IntegerValue    (time.Duration, time.Month, uint8, int64)
//   named strings               TextValue       (template.HTML)
//   func                        FunctionValue
//
// Fields are the entries of a StructValue, methods those of its GoType: an explicit list each.
// Strings are UTF-16 here and bytes in Go: len, index and slice count bytes; a character cut in two becomes U+FFFD.
import type { Zone } from "../time/zone.js";

export interface ListValue {
  readonly kind: "list";
  readonly type: GoType;
  readonly items: readonly Value[];
}

export interface MapValue {
  readonly kind: "map";
  readonly type: GoType;
  readonly entries: ReadonlyMap<string, Value>;
}

export interface StructValue {
  readonly kind: "struct";
  readonly type: GoType;
  readonly fields: ReadonlyMap<string, Value>;
}

export interface IntegerValue {
  readonly kind: "integer";
  readonly type: GoType;
  readonly value: bigint;
}

export interface TextValue {
  readonly kind: "text";
  readonly type: GoType;
  readonly text: string;
}

export interface TimeValue {
  readonly kind: "time";
  readonly type: GoType;
  /** Since 1970, of any year. */
  readonly ns: bigint;
  readonly zone: Zone;
}

export interface FunctionValue {
  readonly kind: "function";
  readonly type: GoType;
  readonly function: TemplateFunction;
}

export type TypedValue = ListValue | MapValue | StructValue | IntegerValue | TextValue | FunctionValue | TimeValue;

export type Value = undefined | null | boolean | string | number | bigint | TypedValue;

/** What a template may do with values of a Go type, beside their content. */
export interface GoType {
  /** As %T prints it: "template.KV", "*template.Alert", "map[string]string". */
  readonly name: string;
  /** The unnamed type of the same shape, where `name` is a named one: a template.KV goes where a map[string]string is wanted. */
  readonly underlying?: string;
  /** A pointer to a struct: printed with & by %v. */
  readonly isPointer?: boolean;
  /** Elements are `interface {}`; decides what a missing key is and how errors name it. */
  readonly isLoose?: boolean;
  /** What a missing key of a map yields for `index` and for missingkey=zero; undefined means nil. */
  readonly zero?: Value;
  /** Go's String method, which every printing uses. */
  readonly print?: (value: Value) => string;
  readonly methods?: MethodTable;
  /** Fields whose name in JSON is another. */
  readonly jsonNames?: ReadonlyMap<string, string>;
}

/** Called with the receiver as first argument; `params` leaves it out. */
export type MethodTable = ReadonlyMap<string, TemplateFunction>;

/** A parameter's Go type; "any" takes everything, nil too. Types not in `value/assign.ts` go by their name. */
export type ParameterType = string;

export interface TemplateFunction {
  readonly params: readonly ParameterType[];
  /** Type of further arguments, where the function is variadic. */
  readonly rest?: ParameterType;
  /** REQUIRES: `args` checked against `params`. Throws CallError. */
  readonly call: (args: readonly Value[], scope: CallScope) => Value;
}

export type FunctionTable = ReadonlyMap<string, TemplateFunction>;

/** What a function may ask of the execution that calls it. */
export interface CallScope {
  /** Executes a template of the same set with `data` as dot, under the same limits. */
  readonly execute: (name: string, data: Value) => string;
  /** Calls a function value: the built-in `call`. */
  readonly invoke: (target: FunctionValue, args: readonly Value[]) => Value;
}

export const stringListType: GoType = { name: "[]string" };
export const looseListType: GoType = { name: "[]interface {}", isLoose: true };
export const stringMapType: GoType = { name: "map[string]string", zero: "" };
export const looseMapType: GoType = { name: "map[string]interface {}", isLoose: true };

export function listOf(items: readonly Value[], type: GoType = looseListType): ListValue {
  return { kind: "list", type, items };
}

export function stringsOf(items: readonly string[]): ListValue {
  return { kind: "list", type: stringListType, items };
}

export function mapOf(entries: Iterable<readonly [string, Value]>, type: GoType = looseMapType): MapValue {
  return { kind: "map", type, entries: new Map(entries) };
}

export function structOf(type: GoType, fields: Iterable<readonly [string, Value]>): StructValue {
  return { kind: "struct", type, fields: new Map(fields) };
}

/** As %T prints it. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "string":
      return "string";
    case "number":
      return "float64";
    case "bigint":
      return "int";
    case "undefined":
      return "<nil>";
    default:
      return value === null ? "<nil>" : value.type.name;
  }
}

/** What `if`, `and`, `or` and `not` take for true. */
export function isTrue(value: Value): boolean {
  if (typeof value !== "object") return Boolean(value) || Number.isNaN(value);
  if (value === null) return false;
  switch (value.kind) {
    case "list":
      return value.items.length > 0;
    case "map":
      return value.entries.size > 0;
    case "text":
      return value.text !== "";
    case "integer":
      return value.value !== 0n;
    case "struct":
    case "time":
    case "function":
      return true;
  }
}
