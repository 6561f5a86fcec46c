import type { VectorSeries } from "../api/prometheus.js";
import { parseValue } from "../format/value.js";

/** "server": as the expression ordered it, for example with sort() or topk(). */
export type SortOrder = "server" | "ascending" | "descending";

/** NaN and histograms last, in either direction. */
export function sortVector(series: readonly VectorSeries[], order: SortOrder): VectorSeries[] {
  if (order === "server") return [...series];
  const direction = order === "ascending" ? 1 : -1;
  const keyed = series.map((entry) => ({ entry, key: parseValue(entry.value?.[1] ?? "NaN") }));
  keyed.sort((a, b) => {
    if (Number.isNaN(a.key) || Number.isNaN(b.key)) return Number(Number.isNaN(a.key)) - Number(Number.isNaN(b.key));
    return a.key === b.key ? 0 : (a.key < b.key ? -1 : 1) * direction;
  });
  return keyed.map(({ entry }) => entry);
}
