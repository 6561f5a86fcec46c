// Tables, times and JSON as amtool prints them.
import { execute, parseTemplate, structOf, timeFromMs, type Value } from "@narthex/template";
import { printGoJson } from "../tool/go-json.js";

/** Columns as wide as their longest cell and two blanks. */
export function printTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => Array.from(row[i] as string).length)) + 2);
  return rows
    .map(
      (row) => `${row.map((cell, i) => cell + " ".repeat((widths[i] as number) - Array.from(cell).length)).join("")}\n`,
    )
    .join("");
}

/** By a layout of Go's, in UTC. */
export function printTime(text: string, layout: string): string {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return text;
  const data: Value = structOf({ name: "Data" }, [["Time", timeFromMs(ms)]]);
  return execute(parseTemplate("time", `{{ .Time.Format ${JSON.stringify(layout)} }}`, { functions: new Map() }), data);
}

export function printJsonLine(value: unknown): string {
  return `${printGoJson(value)}\n`;
}

/** `a="b" c="d"`, sorted. */
export function printPairs(record: Readonly<Record<string, string>>): string {
  return Object.keys(record)
    .sort()
    .map((name) => `${name}=${JSON.stringify(record[name])}`)
    .join(" ");
}
