// Calls functions and methods: counts and types of arguments as Go checks them, errors with the call's place.
import { AssertionError } from "@narthex/stdx";
import { CallError, TemplateError } from "../errors.js";
import type { CommandNode, Operand } from "../parse/ast.js";
import {
  type FunctionValue,
  isTrue,
  type ParameterType,
  type TemplateFunction,
  typeName,
  type Value,
} from "../value/value.js";
import { checkType } from "./argument-type.js";
import { type Execution, failAt, failLimit, spendSteps } from "./execution.js";

/** What the command before in the pipeline hands on. */
export type Piped = { readonly isMissing: true } | { readonly isMissing: false; readonly value: Value };

/** A call before its arguments are evaluated. */
export interface Call {
  readonly piped: Piped;
  readonly operands: readonly Operand[];
  /** An operand as an argument of that type; fails where it is none. */
  readonly evaluate: (operand: Operand, type: ParameterType) => Value;
}

interface Callee {
  readonly function: TemplateFunction;
  readonly name: string;
  /** What errors of the call point at. */
  readonly node: CommandNode | Operand;
  readonly receiver?: Value;
}

export function callFunction(execution: Execution, callee: Callee, call: Call): Value {
  const { params, rest } = callee.function;
  const { operands, piped, evaluate } = call;
  const count = operands.length + (piped.isMissing ? 0 : 1);
  checkCount(execution, callee, count);
  if (callee.name === "and" || callee.name === "or") return evaluateLogic(callee.name, call);
  const args = operands.map((operand, i) => evaluate(operand, params[i] ?? (rest as string)));
  if (!piped.isMissing) args.push(checkType(execution, piped.value, params[args.length] ?? (rest as string)));
  return invoke(execution, callee, callee.receiver === undefined ? args : [callee.receiver, ...args]);
}

function checkCount(execution: Execution, { function: { params, rest }, name }: Callee, count: number): void {
  const wanted = rest === undefined ? `${params.length}` : `at least ${params.length}`;
  const isRight = rest === undefined ? count === params.length : count >= params.length;
  if (!isRight) failAt(execution, `wrong number of args for ${name}: want ${wanted} got ${count}`);
}

/** Arguments after the deciding one are not evaluated. */
function evaluateLogic(name: "and" | "or", { operands, piped, evaluate }: Call): Value {
  let value: Value;
  for (const operand of operands) {
    value = evaluate(operand, "value");
    if (isTrue(value) === (name === "or")) return value;
  }
  return piped.isMissing ? value : piped.value;
}

// One step for every so many characters that a function returns.
const charactersPerStep = 64;

function invoke(execution: Execution, callee: Callee, args: readonly Value[]): Value {
  let result: Value;
  try {
    result = callee.function.call(args, {
      execute: execution.executeEntry,
      invoke: (target, targetArgs) => invokeValue(target, targetArgs, execution),
    });
  } catch (error) {
    return failCall(execution, callee, error);
  }
  if (typeof result === "string") spendSteps(execution, Math.floor(result.length / charactersPerStep));
  return result;
}

function failCall(execution: Execution, { name, node }: Callee, error: unknown): never {
  execution.node = node;
  if (error instanceof RangeError && error.message === "Invalid string length") failLimit(execution, "string too long");
  // Limits end the execution; faults of our own code are not the template's.
  if (error instanceof AssertionError || error instanceof TypeError || error instanceof RangeError) throw error;
  if (error instanceof TemplateError && error.constructor !== TemplateError) throw error;
  failAt(execution, `error calling ${name}: ${(error as Error).message}`, error);
}

/** The built-in `call`: a function that data holds. */
function invokeValue(target: FunctionValue, args: readonly Value[], execution: Execution): Value {
  const { params, rest } = target.function;
  const isRight = rest === undefined ? args.length === params.length : args.length >= params.length;
  if (!isRight)
    throw new CallError(`wrong number of args for ${typeName(target)}: got ${args.length} want ${params.length}`);
  const checked = args.map((arg, i) => checkType(execution, arg, params[i] ?? (rest as string)));
  return target.function.call(checked, {
    execute: execution.executeEntry,
    invoke: (next, nextArgs) => invokeValue(next, nextArgs, execution),
  });
}
