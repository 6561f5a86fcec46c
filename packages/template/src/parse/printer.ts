// Prints nodes as error texts show them: executing "x" at <.Labels.job>.
import { quote } from "@narthex/model";
import type { CommandNode, Operand, PipeNode, TemplateNode } from "./ast.js";

export type PrintableNode = Operand | CommandNode | TemplateNode | { kind: "action"; pipe: PipeNode };

export function printNode(node: PrintableNode): string {
  switch (node.kind) {
    case "pipe":
      return printPipe(node);
    case "command":
      return node.operands.map(printOperand).join(" ");
    case "template":
      return `{{template ${quote(node.name)}${node.pipe ? ` ${printPipe(node.pipe)}` : ""}}}`;
    case "action":
      return `{{${printPipe(node.pipe)}}}`;
    case "dot":
      return ".";
    case "nil":
      return "nil";
    case "bool":
      return String(node.value);
    case "number":
    case "string":
      return node.text;
    case "identifier":
      return node.name;
    case "field":
      return printNames(node.names);
    case "variable":
      return node.variable + printNames(node.names);
    case "chain":
      return printOperand(node.operand) + printNames(node.names);
  }
}

function printOperand(operand: Operand): string {
  return operand.kind === "pipe" ? `(${printPipe(operand)})` : printNode(operand);
}

function printNames(names: readonly string[]): string {
  return names.map((name) => `.${name}`).join("");
}

function printPipe(pipe: PipeNode): string {
  const declarations = pipe.variables.length > 0 ? `${pipe.variables.join(", ")} ${pipe.isAssign ? "=" : ":="} ` : "";
  return declarations + pipe.commands.map((command) => printNode(command)).join(" | ");
}
