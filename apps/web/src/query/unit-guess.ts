// Guesses the unit of an expression's value from the names of its metrics. Prometheus' naming rules put the base unit
// last. It guesses only what is nearly sure: anything that changes the dimension gives "none".
import type { Unit } from "../format/value.js";

const dimensionless = /^\s*(count|count_values|absent|absent_over_time|group|time|changes|resets|count_over_time)\b/;
const rateFunctions = /\b(rate|irate|deriv)\s*\(/;
const baseName = /_(total|sum|bucket)$/;

export function guessUnit(expression: string): Unit {
  const bare = expression.replace(/"[^"]*"|'[^']*'|\{[^}]*\}|\[[^\]]*\]|\b(by|without|on|ignoring)\s*\([^)]*\)/g, " ");
  if (dimensionless.test(bare) || /[*/%^<>=]|\b(bool|and|unless)\b/.test(bare)) return "none";
  const units = new Set([...bare.matchAll(/[a-zA-Z_:][\w:]*/g)].flatMap(([name]) => unitOfName(name)));
  const [unit] = units;
  if (units.size !== 1 || unit === undefined) return "none";
  if (!rateFunctions.test(bare)) return unit;
  // Seconds per second is no unit anybody reads; bytes per second is.
  return unit === "bytes" ? "bytes-per-second" : "none";
}

function unitOfName(name: string): Unit[] {
  const base = name.replace(baseName, "");
  if (base.endsWith("_bytes")) return ["bytes"];
  // A Unix time in seconds would be shown as "20000 d".
  if (base.endsWith("_seconds") && !/timestamp|start_time|_time_seconds$/.test(base)) return ["seconds"];
  if (base.endsWith("_ratio")) return ["ratio"];
  return [];
}
