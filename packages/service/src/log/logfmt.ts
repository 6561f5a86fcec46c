// One JSON log line → one logfmt line: time, level, msg, then the other keys in their order.
const plain = /^[^\s"=\\\p{Cc}]+$/u;
const leading = ["time", "level", "msg"];

export function printLogfmt(line: string): string {
  const record = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.keys(record).filter((key) => !leading.includes(key));
  return `${[...leading, ...rest].map((key) => `${key}=${printValue(record[key])}`).join(" ")}\n`;
}

function printValue(value: unknown): string {
  const text = typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
  return plain.test(text) ? text : JSON.stringify(text);
}
