// Whether a value may be an argument of a type, with Go's error text where it may not.
import { acceptsNil, isAssignable, printParameterType } from "../value/assign.js";
import { type ParameterType, typeName, type Value } from "../value/value.js";
import { type Execution, failAt } from "./execution.js";

/** The value if it goes where `type` is wanted. */
export function checkType(execution: Execution, value: Value, type: ParameterType): Value {
  if (type === "value" || type === "any") return type === "any" && value === undefined ? null : value;
  if (value === undefined) {
    return acceptsNil(type) ? null : failAt(execution, `invalid value; expected ${printParameterType(type)}`);
  }
  if (isAssignable(value, type)) return value;
  const actual = value === null ? "interface {}" : typeName(value);
  return failAt(execution, `wrong type for value; expected ${printParameterType(type)}; got ${actual}`);
}
