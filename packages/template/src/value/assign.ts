// Which values go where a function wants a Go type: Go's assignability, as far as templates meet it.
import { typeName, type Value } from "./value.js";

const accepts: ReadonlyMap<string, (value: Value) => boolean> = new Map<string, (value: Value) => boolean>([
  ["any", () => true],
  ["string", (value) => typeof value === "string"],
  ["bool", (value) => typeof value === "boolean"],
  ["int", (value) => typeof value === "bigint"],
  ["float64", (value) => typeof value === "number"],
]);

/** The parameter types that a literal nil may be given for. */
export function acceptsNil(type: string): boolean {
  return type === "any" || type.startsWith("[]") || type.startsWith("map[") || type.startsWith("*");
}

export function isAssignable(value: Value, type: string): boolean {
  const accept = accepts.get(type);
  if (accept) return accept(value);
  if (typeof value !== "object" || value === null) return false;
  // The evaluator follows pointers where a struct is wanted and takes addresses where a pointer is.
  return typeName(value).replace(/^\*/, "") === type.replace(/^\*/, "") || value.type.underlying === type;
}

/** The type as Go's error texts name it. */
export function printParameterType(type: string): string {
  return type === "any" ? "interface {}" : type;
}
