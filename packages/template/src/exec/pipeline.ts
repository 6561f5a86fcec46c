// Evaluates pipelines, commands and operands to values.
import { quote } from "@narthex/model";
import { unreachable } from "@narthex/stdx";
import type {
  CommandNode,
  FieldNode,
  IdentifierNode,
  NumberNode,
  Operand,
  PipeNode,
  VariableNode,
} from "../parse/ast.js";
import { printNode } from "../parse/printer.js";
import { acceptsNil, printParameterType } from "../value/assign.js";
import type { ParameterType, Value } from "../value/value.js";
import { checkType } from "./argument-type.js";
import { type Call, callFunction, type Piped } from "./call.js";
import { descend, type Execution, failAt, spendSteps } from "./execution.js";
import { readField } from "./field.js";

export function evaluatePipeline(execution: Execution, dot: Value, pipe: PipeNode): Value {
  return descend(execution, () => {
    execution.node = pipe;
    let piped: Piped = { isMissing: true };
    for (const command of pipe.commands) {
      const value = evaluateCommand(execution, { dot, piped }, command);
      // Nil in an interface is no value from here on, as in Go.
      piped = { isMissing: false, value: value === null ? undefined : value };
    }
    const value = piped.isMissing ? undefined : piped.value;
    for (const name of pipe.variables) {
      if (pipe.isAssign) setVariable(execution, name, value);
      else execution.variables.push({ name, value });
    }
    return value;
  });
}

export function setVariable(execution: Execution, name: string, value: Value): void {
  const variable = execution.variables.findLast((candidate) => candidate.name === name);
  if (!variable) failAt(execution, `undefined variable: ${name}`);
  variable.value = value;
}

/** What a command is evaluated with. */
interface Surroundings {
  readonly dot: Value;
  readonly piped: Piped;
}

const unpiped: Piped = { isMissing: true };

function evaluateCommand(execution: Execution, surroundings: Surroundings, command: CommandNode): Value {
  spendSteps(execution, 1);
  const [first, ...rest] = command.operands as [Operand, ...Operand[]];
  const { dot } = surroundings;
  const call = callFor(execution, surroundings, rest);
  switch (first.kind) {
    case "field":
    case "variable":
    case "chain":
      return evaluateChain(execution, { dot, call }, first);
    case "identifier":
      return evaluateFunction(execution, call, { identifier: first, command });
    case "pipe":
      refuseArguments(execution, call, first);
      return evaluatePipeline(execution, dot, first);
  }
  execution.node = first;
  refuseArguments(execution, call, first);
  if (first.kind === "nil") failAt(execution, "nil is not a command");
  return evaluateConstant(execution, dot, first);
}

function callFor(execution: Execution, { dot, piped }: Surroundings, operands: readonly Operand[]): Call {
  return { piped, operands, evaluate: (operand, type) => evaluateArgument(execution, { dot, type }, operand) };
}

function refuseArguments(execution: Execution, { operands, piped }: Call, operand: Operand): void {
  if (operands.length === 0 && piped.isMissing) return;
  failAt(execution, `can't give argument to non-function ${printNode(operand)}`);
}

type Constant = Exclude<Operand, { kind: "field" | "variable" | "chain" | "identifier" | "pipe" }>;

function evaluateConstant(execution: Execution, dot: Value, operand: Constant): Value {
  switch (operand.kind) {
    case "dot":
      return dot;
    case "nil":
      return null;
    case "bool":
    case "string":
      return operand.value;
    case "number":
      return evaluateNumber(execution, operand);
    default:
      return unreachable(operand);
  }
}

/** A number where no type is wanted: a float if it is written as one, else an int. */
function evaluateNumber(execution: Execution, { isFloatForm, float, integer, text }: NumberNode): Value {
  if (isFloatForm && float !== undefined) return float;
  if (integer === undefined) failAt(execution, `${text} overflows int`);
  return integer;
}

type Chain = Extract<Operand, { kind: "field" | "variable" | "chain" }>;

/** .A.B, $x.A.B and (…).A.B: arguments go to the last name. */
function evaluateChain(execution: Execution, { dot, call }: { dot: Value; call: Call }, chain: Chain): Value {
  execution.node = chain;
  if (chain.kind === "variable" && chain.names.length === 0) {
    const value = readVariable(execution, chain);
    refuseArguments(execution, call, chain);
    return value;
  }
  const receiver = evaluateReceiver(execution, dot, chain);
  const last = chain.names.length - 1;
  let value = receiver;
  let container: Value;
  chain.names.forEach((name, i) => {
    const step = i === last ? call : callFor(execution, { dot, piped: unpiped }, []);
    const next = readField(execution, { receiver: value, container, name, node: chain }, step);
    container = value;
    value = next;
  });
  return value;
}

function evaluateReceiver(execution: Execution, dot: Value, chain: FieldNode | VariableNode | Chain): Value {
  if (chain.kind === "field") return dot;
  if (chain.kind === "variable") return readVariable(execution, chain);
  if (chain.operand.kind === "nil") failAt(execution, `indirection through explicit nil in ${printNode(chain)}`);
  return evaluateLoose(execution, dot, chain.operand);
}

function readVariable(execution: Execution, { variable }: VariableNode): Value {
  const found = execution.variables.findLast(({ name }) => name === variable);
  return found ? found.value : failAt(execution, `undefined variable: ${variable}`);
}

interface FunctionPlace {
  readonly identifier: IdentifierNode;
  /** What errors of the call point at. */
  readonly command: CommandNode | IdentifierNode;
}

function evaluateFunction(execution: Execution, call: Call, { identifier, command }: FunctionPlace): Value {
  const { name } = identifier;
  execution.node = identifier;
  const found = execution.functionNamed(name);
  if (!found) failAt(execution, `${quote(name)} is not a defined function`);
  return callFunction(execution, { function: found, name, node: command }, call);
}

/** An operand as an argument of type `type`; literals take the type if they can. */
function evaluateArgument(
  execution: Execution,
  { dot, type }: { dot: Value; type: ParameterType },
  operand: Operand,
): Value {
  execution.node = operand;
  switch (operand.kind) {
    case "nil":
      if (!acceptsNil(type) && type !== "value") failAt(execution, `cannot assign nil to ${printParameterType(type)}`);
      return type === "value" ? undefined : null;
    case "bool":
    case "string":
    case "number":
      return evaluateLiteral(execution, type, operand);
    default:
      return checkType(execution, evaluateLoose(execution, dot, operand), type);
  }
}

function evaluateLoose(execution: Execution, dot: Value, operand: Operand): Value {
  execution.node = operand;
  const call = callFor(execution, { dot, piped: unpiped }, []);
  switch (operand.kind) {
    case "field":
    case "variable":
    case "chain":
      return evaluateChain(execution, { dot, call }, operand);
    case "identifier":
      return evaluateFunction(execution, call, { identifier: operand, command: operand });
    case "pipe":
      return evaluatePipeline(execution, dot, operand);
    default:
      return evaluateConstant(execution, dot, operand);
  }
}

type Literal = Extract<Operand, { kind: "bool" | "string" | "number" }>;

const integerTypes: ReadonlySet<string> = new Set(["int", "int64", "time.Duration"]);

function evaluateLiteral(execution: Execution, type: ParameterType, literal: Literal): Value {
  if (type === "any" || type === "value") return evaluateConstant(execution, undefined, literal);
  const shown = printNode(literal);
  if (type === "string" || type === "bool") {
    return literal.kind === type ? literal.value : failAt(execution, `expected ${type}; found ${shown}`);
  }
  if (type === "float64") {
    const float = literal.kind === "number" ? literal.float : undefined;
    return float ?? failAt(execution, `expected float; found ${shown}`);
  }
  if (!integerTypes.has(type)) failAt(execution, `can't handle ${shown} for arg of type ${type}`);
  const integer = literal.kind === "number" ? literal.integer : undefined;
  if (integer === undefined) failAt(execution, `expected integer; found ${shown}`);
  return type === "int" ? integer : { kind: "integer", type: { name: type }, value: integer };
}
