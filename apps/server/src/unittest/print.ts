// Texts of failures in the form that promtool prints, which scripts read.
import { isLegacyLabelName, type Labels, labelEntries, quote } from "@narthex/model";
import { printFloat } from "@narthex/stdx";

/** As Go prints labels: the metric's name is one of them. */
export function printAllLabels(labels: Labels): string {
  const entries = [...labelEntries(labels)].map(
    ([name, value]) => `${isLegacyLabelName(name) ? name : quote(name)}=${quote(value)}`,
  );
  return `{${entries.join(", ")}}`;
}

/** As Go's FormatFloat(v, 'E', -1, 64): "1.25E+01". */
export function printFloatE(v: number): string {
  if (!Number.isFinite(v)) return printFloat(v);
  const [mantissa, exponent] = v.toExponential().split("e") as [string, string];
  const sign = Object.is(v, -0) ? "-" : "";
  return `${sign}${mantissa}E${exponent.slice(0, 1)}${exponent.slice(1).padStart(2, "0")}`;
}

/** As Go prints a time.Duration: "1h0m0s", "1.5s", "20ms". */
export function printGoDuration(ms: number): string {
  if (ms === 0) return "0s";
  if (ms < 1000) return `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = `${(ms % 60_000) / 1000}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

/** All lines but the first are indented. */
export function indentRest(text: string, indent: string): string {
  return text.replaceAll("\n", `\n${indent}`);
}
