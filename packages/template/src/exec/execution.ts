// The state of one execution: where it is, its variables, what it has used and written.
import { quote } from "@narthex/model";
import { positionOf, TemplateError, TemplateLimitError } from "../errors.js";
import type { TemplateTree } from "../parse/ast.js";
import { type PrintableNode, printNode } from "../parse/printer.js";
import type { TemplateFunction, Value } from "../value/value.js";
import type { TemplateLimits } from "./limits.js";

/** What a key that a map does not have yields: "<no value>", the element type's zero, an error. */
export type MissingKey = "default" | "zero" | "error";

export interface Variable {
  readonly name: string;
  value: Value;
}

/** Counted over an execution and the executions that its functions start. */
export interface Usage {
  steps: number;
  outputBytes: number;
  depth: number;
}

/** Nodes that errors can point at: those with an offset of their own. */
export type PlacedNode = { readonly offset: number } & (
  | PrintableNode
  | { readonly kind: "text" | "if" | "with" | "range" | "break" | "continue" }
);

export interface Execution {
  readonly trees: ReadonlyMap<string, TemplateTree>;
  readonly functionNamed: (name: string) => TemplateFunction | undefined;
  readonly missingKey: MissingKey;
  readonly limits: TemplateLimits;
  readonly usage: Usage;
  readonly output: string[];
  /** Renders another entry of the same set. */
  readonly executeEntry: (name: string, data: Value) => string;
  tree: TemplateTree;
  variables: Variable[];
  node: PlacedNode;
}

export function failAt(execution: Execution, message: string, cause?: unknown): never {
  const { tree, node } = execution;
  const { line, column } = positionOf(tree.source.text, node.offset);
  const place = `${tree.source.name}:${line}:${column}`;
  throw new TemplateError(
    `template: ${place}: executing ${quote(tree.name)} at <${printPlaced(node)}>: ${message}`,
    { name: tree.source.name, line, column },
    { cause },
  );
}

function printPlaced(node: PlacedNode): string {
  switch (node.kind) {
    case "text":
    case "if":
    case "with":
    case "range":
    case "break":
    case "continue":
      return node.kind;
    default:
      return printNode(node);
  }
}

export function spendSteps(execution: Execution, count: number): void {
  const { usage, limits } = execution;
  usage.steps += count;
  if (usage.steps > limits.stepsMax) failLimit(execution, `more than ${limits.stepsMax} steps`);
}

export function writeOutput(execution: Execution, text: string): void {
  const { usage, limits } = execution;
  usage.outputBytes += Buffer.byteLength(text);
  if (usage.outputBytes > limits.outputBytesMax) {
    failLimit(execution, `more than ${limits.outputBytesMax} bytes of output`);
  }
  execution.output.push(text);
}

/** Runs `task` one level deeper. */
export function descend<T>(execution: Execution, task: () => T): T {
  const { usage, limits } = execution;
  if (usage.depth >= limits.depthMax) failLimit(execution, `exceeded maximum template depth (${limits.depthMax})`);
  usage.depth++;
  try {
    return task();
  } finally {
    usage.depth--;
  }
}

export function failLimit(execution: Execution, message: string): never {
  try {
    failAt(execution, message);
  } catch (error) {
    const { message: placed, position } = error as TemplateError;
    throw new TemplateLimitError(placed, position);
  }
}
