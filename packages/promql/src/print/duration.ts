// Durations as text.
import { printDuration } from "@narthex/model";
import { printFloat } from "@narthex/stdx";
import type { Duration, DurationTerm, NumberLiteral } from "../ast.js";

export function printDurationTerm(duration: Duration | DurationTerm): string {
  switch (duration.kind) {
    case "literal":
      return printDuration(duration.ms);
    case "number":
      return printNumber(duration);
    case "step":
    case "range":
      return `${duration.kind}()`;
    case "negate":
      return `-${printDurationTerm(duration.operand)}`;
    case "group":
      return `(${printDurationTerm(duration.inner)})`;
    case "min_of":
    case "max_of":
      return `${duration.kind}(${printDurationTerm(duration.left)}, ${printDurationTerm(duration.right)})`;
    case "arithmetic":
      return `${printDurationTerm(duration.left)} ${duration.operator} ${printDurationTerm(duration.right)}`;
  }
}

export function printNumber(literal: NumberLiteral): string {
  return literal.isDuration ? printDuration(Math.round(literal.value * 1000)) : printFloat(literal.value);
}
