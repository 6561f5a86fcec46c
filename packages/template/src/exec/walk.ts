// Walks a tree's nodes with dot and writes what they print.
// Comes from: parse, or html/escape-tree for HTML. Goes to: the output of the Execution.
import { quote } from "@narthex/model";
import { unreachable } from "@narthex/stdx";
import { dereferenced, printValue, sortedKeys } from "../format/value.js";
import type { ActionNode, BranchNode, Node, PipeNode, TemplateNode } from "../parse/ast.js";
import { printNode } from "../parse/printer.js";
import { isTrue, typeName, type Value } from "../value/value.js";
import { descend, type Execution, failAt, spendSteps, writeOutput } from "./execution.js";
import { evaluatePipeline, setVariable } from "./pipeline.js";

/** How a list of nodes ended: at its end or by {{break}} or {{continue}}. */
type Outcome = "end" | "break" | "continue";

export function walkNodes(execution: Execution, dot: Value, nodes: readonly Node[]): Outcome {
  return descend(execution, () => {
    for (const node of nodes) {
      const outcome = walkNode(execution, dot, node);
      if (outcome !== "end") return outcome;
    }
    return "end";
  });
}

function walkNode(execution: Execution, dot: Value, node: Node): Outcome {
  spendSteps(execution, 1);
  execution.node = node;
  switch (node.kind) {
    case "text":
      writeOutput(execution, node.text);
      return "end";
    case "action":
      walkAction(execution, dot, node);
      return "end";
    case "if":
    case "with":
      return scoped(execution, () => walkCondition(execution, dot, node));
    case "range":
      return scoped(execution, () => walkRange(execution, dot, node));
    case "template":
      walkTemplate(execution, dot, node);
      return "end";
    case "break":
    case "continue":
      return node.kind;
    default:
      return unreachable(node);
  }
}

/** Variables declared inside are gone afterwards. */
function scoped<T>(execution: Execution, task: () => T): T {
  const count = execution.variables.length;
  const result = task();
  execution.variables.length = count;
  return result;
}

function walkAction(execution: Execution, dot: Value, node: ActionNode): void {
  const value = evaluatePipeline(execution, dot, node.pipe);
  if (node.pipe.variables.length > 0) return;
  execution.node = node;
  writeOutput(execution, printActionValue(execution, value, node));
}

function printActionValue(execution: Execution, value: Value, node: ActionNode): string {
  if (value === undefined || value === null) return "<no value>";
  if (typeof value !== "object") return printValue(value);
  if (value.kind === "function") failAt(execution, `can't print ${printNode(node)} of type ${typeName(value)}`);
  return printValue(dereferenced(value));
}

function walkCondition(execution: Execution, dot: Value, node: BranchNode): Outcome {
  const value = evaluatePipeline(execution, dot, node.pipe);
  if (isTrue(value)) return walkNodes(execution, node.kind === "with" ? value : dot, node.body);
  return node.otherwise ? walkNodes(execution, dot, node.otherwise) : "end";
}

function walkRange(execution: Execution, dot: Value, node: BranchNode): Outcome {
  const value = evaluatePipeline(execution, dot, node.pipe);
  const count = execution.variables.length;
  let isEmpty = true;
  for (const [index, element] of roundsOf(execution, value, node.pipe)) {
    isEmpty = false;
    spendSteps(execution, 1);
    bindRound(execution, node.pipe, { index, element });
    const outcome = walkNodes(execution, element, node.body);
    execution.variables.length = count;
    if (outcome === "break") break;
  }
  return isEmpty && node.otherwise ? walkNodes(execution, dot, node.otherwise) : "end";
}

function* roundsOf(execution: Execution, value: Value, pipe: PipeNode): Generator<readonly [Value, Value]> {
  if (value === undefined || value === null) return;
  if (typeof value === "bigint") return yield* roundsOfCount(execution, value, pipe);
  if (typeof value === "object") {
    if (value.kind === "list") return yield* value.items.map((item, i) => [BigInt(i), item] as const);
    if (value.kind === "map")
      return yield* sortedKeys(value.entries).map((key) => [key, value.entries.get(key)] as const);
    if (value.kind === "integer") return yield* roundsOfCount(execution, value.value, pipe);
  }
  failAt(execution, `range can't iterate over ${printValue(dereferenced(value))}`);
}

function* roundsOfCount(execution: Execution, count: bigint, pipe: PipeNode): Generator<readonly [Value, Value]> {
  if (pipe.variables.length > 1) failAt(execution, `can't use ${count} to iterate over more than one variable`);
  for (let i = 0n; i < count; i++) yield [i, i];
}

function bindRound(execution: Execution, pipe: PipeNode, round: { index: Value; element: Value }): void {
  const { variables } = execution;
  const [first, second] = pipe.variables;
  if (first === undefined) return;
  if (pipe.isAssign) {
    setVariable(execution, first, second === undefined ? round.element : round.index);
    if (second !== undefined) setVariable(execution, second, round.element);
    return;
  }
  const last = variables.length - 1;
  (variables[last] as { value: Value }).value = round.element;
  if (second !== undefined) (variables[last - 1] as { value: Value }).value = round.index;
}

function walkTemplate(execution: Execution, dot: Value, node: TemplateNode): void {
  const tree = execution.trees.get(node.name);
  if (!tree) failAt(execution, `template ${quote(node.name)} not defined`);
  const data = node.pipe ? evaluatePipeline(execution, dot, node.pipe) : undefined;
  execution.node = node;
  const outer = { tree: execution.tree, variables: execution.variables };
  descend(execution, () => {
    execution.tree = tree;
    execution.variables = [{ name: "$", value: data }];
    walkNodes(execution, data, tree.nodes);
  });
  execution.tree = outer.tree;
  execution.variables = outer.variables;
}
