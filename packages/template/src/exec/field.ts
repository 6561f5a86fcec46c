// Looks a name up in a value: a method or a field of its type's explicit lists, or a map's key. Nothing else exists.
import { quote } from "@narthex/model";
import type { Operand } from "../parse/ast.js";
import { type MapValue, typeName, type Value } from "../value/value.js";
import { type Call, callFunction } from "./call.js";
import { type Execution, failAt } from "./execution.js";

export interface FieldPlace {
  readonly receiver: Value;
  /** Where `receiver` itself was found, if in the same chain. */
  readonly container: Value;
  readonly name: string;
  readonly node: Operand;
}

export function readField(execution: Execution, place: FieldPlace, call: Call): Value {
  const { receiver, name, node } = place;
  if (receiver === undefined) {
    if (execution.missingKey === "error") failAt(execution, `nil data; no entry for key ${quote(name)}`);
    return undefined;
  }
  if (receiver === null) failAt(execution, `nil pointer evaluating interface {}.${name}`);
  if (typeof receiver === "object") {
    const method = receiver.type.methods?.get(name);
    if (method) return callFunction(execution, { function: method, name, node, receiver }, call);
    const hasArguments = call.operands.length > 0 || !call.piped.isMissing;
    if (receiver.kind === "struct" && receiver.fields.has(name)) {
      if (hasArguments) failAt(execution, `${name} has arguments but cannot be invoked as function`);
      return receiver.fields.get(name);
    }
    if (receiver.kind === "map") {
      if (hasArguments) failAt(execution, `${name} is not a method but has arguments`);
      return readKey(execution, receiver, name);
    }
  }
  return failAt(execution, `can't evaluate field ${name} in type ${staticTypeName(place)}`);
}

/** An element of a map or list of interfaces is of type interface {} to Go, whatever is in it. */
function staticTypeName({ receiver, container }: FieldPlace): string {
  const isLoose = typeof container === "object" && container !== null && container.type.isLoose;
  return isLoose ? "interface {}" : typeName(receiver);
}

function readKey(execution: Execution, map: MapValue, key: string): Value {
  if (map.entries.has(key)) return map.entries.get(key);
  switch (execution.missingKey) {
    case "default":
      return undefined;
    case "zero":
      return map.type.zero ?? null;
    case "error":
      return failAt(execution, `map has no entry for key ${quote(key)}`);
  }
}
