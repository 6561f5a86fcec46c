// Texts of failures in the form that promtool prints, which scripts read.
import { printFloat } from "@narthex/stdx";

/** As Go's FormatFloat(v, 'E', -1, 64): "1.25E+01". */
export function printFloatE(v: number): string {
  if (!Number.isFinite(v)) return printFloat(v);
  const [mantissa, exponent] = v.toExponential().split("e") as [string, string];
  const sign = Object.is(v, -0) ? "-" : "";
  return `${sign}${mantissa}E${exponent.slice(0, 1)}${exponent.slice(1).padStart(2, "0")}`;
}

/** All lines but the first are indented. */
export function indentRest(text: string, indent: string): string {
  return text.replaceAll("\n", `\n${indent}`);
}
