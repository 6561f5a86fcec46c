// The functions that every template has.
import { CallError } from "../errors.js";
import { sprint, sprintf, sprintln } from "../format/printf.js";
import { dereferenced } from "../format/value.js";
import { type FunctionTable, isTrue, type TemplateFunction, typeName, type Value } from "../value/value.js";
import { comparisonFunctions } from "./compare.js";
import { escapeHtml, escapeJs, escapeQuery } from "./escape.js";
import { indexInto, lengthOf, sliceOf } from "./index-slice.js";

/** The arguments as one text: a lone string is itself, nothing at all is "<no value>". */
export function argumentsText(args: readonly Value[]): string {
  const [first] = args;
  if (args.length === 1 && typeof first === "string") return first;
  return sprint(args.map((arg) => dereferenced(arg) ?? "<no value>"));
}

function escaper(convert: (text: string) => string): TemplateFunction {
  return { params: [], rest: "any", call: (args) => convert(argumentsText(args)) };
}

function callValue([target, ...args]: readonly Value[], scope: Parameters<TemplateFunction["call"]>[1]): Value {
  if (target === undefined || target === null) throw new CallError("call of nil");
  if (typeof target !== "object" || target.kind !== "function") {
    throw new CallError(`non-function of type ${typeName(target)}`);
  }
  return scope.invoke(target, args);
}

// The evaluator decides `and` and `or` itself, since they do not evaluate all their arguments.
const decidedByEvaluator: TemplateFunction = { params: ["value"], rest: "value", call: ([first]) => first };

export const builtinFunctions: FunctionTable = new Map<string, TemplateFunction>([
  ["and", decidedByEvaluator],
  ["or", decidedByEvaluator],
  ["not", { params: ["value"], call: ([value]) => !isTrue(value) }],
  ["len", { params: ["value"], call: ([value]) => lengthOf(value) }],
  ["index", { params: ["value"], rest: "value", call: indexInto }],
  ["slice", { params: ["value"], rest: "value", call: sliceOf }],
  ["print", { params: [], rest: "any", call: sprint }],
  ["println", { params: [], rest: "any", call: sprintln }],
  ["printf", { params: ["string"], rest: "any", call: ([format, ...args]) => sprintf(format as string, args) }],
  ["html", escaper(escapeHtml)],
  ["js", escaper(escapeJs)],
  ["urlquery", escaper(escapeQuery)],
  ["call", { params: ["value"], rest: "value", call: callValue }],
  ...comparisonFunctions,
]);
