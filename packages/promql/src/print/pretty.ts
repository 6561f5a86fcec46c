// Expression tree to indented text, as `promtool promql format` prints it: what does not fit in a line is split.
import { encodeUtf8 } from "@narthex/stdx";
import type { Expression } from "../ast.js";
import { printAggregationHead, printExpression, printOperator, printSubquerySuffix } from "./printer.js";

// Prometheus: promql/parser/prettier.go maxCharactersPerLine is 100; its tests, and so the corpus, use 10.
const lineLengthMax = 100;

export type PrettyOptions = { readonly lineLengthMax?: number };

export function prettyPrint(expression: Expression, options: PrettyOptions = {}): string {
  return new PrettyPrinter(options.lineLengthMax ?? lineLengthMax).print(expression, 0);
}

class PrettyPrinter {
  readonly #lineLengthMax: number;

  constructor(max: number) {
    this.#lineLengthMax = max;
  }

  print(expression: Expression, level: number): string {
    const indent = "  ".repeat(level);
    const flat = printExpression(expression);
    switch (expression.kind) {
      case "number":
      case "string":
      case "vector-selector":
      case "matrix-selector":
        return indent + flat;
      case "unary":
        return this.#unary(expression.operator, expression.operand, level);
      case "subquery":
        if (!this.#isLong(flat)) return indent + flat;
        return this.print(expression.expression, level) + printSubquerySuffix(expression);
      default:
        return this.#isLong(flat) ? this.#split(expression, level) : indent + flat;
    }
  }

  #isLong(text: string): boolean {
    return encodeUtf8(text).length > this.#lineLengthMax;
  }

  #unary(operator: string, operand: Expression, level: number): string {
    const indent = "  ".repeat(level);
    return indent + operator + this.print(operand, level).trimStart();
  }

  #split(expression: Expression, level: number): string {
    const indent = "  ".repeat(level);
    switch (expression.kind) {
      case "aggregation": {
        const parts = expression.parameter ? [expression.parameter, expression.expression] : [expression.expression];
        return this.#list(indent + printAggregationHead(expression), parts, level);
      }
      case "call":
        return this.#list(indent + expression.fn, expression.arguments, level);
      case "binary": {
        const left = this.print(expression.left, level + 1);
        const right = this.print(expression.right, level + 1);
        return `${left}\n${indent}${printOperator(expression)}\n${right}`;
      }
      case "paren":
        return this.#list(indent, [expression.inner], level);
      default:
        return indent + printExpression(expression);
    }
  }

  #list(head: string, parts: readonly Expression[], level: number): string {
    const lines = parts.map((part) => this.print(part, level + 1)).join(",\n");
    return `${head}(\n${lines}\n${"  ".repeat(level)})`;
  }
}
