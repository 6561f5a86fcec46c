import type { QueryData } from "../api/prometheus.js";

/** How much an answer holds; histogram points count as points. */
export function resultSize(data: QueryData): { seriesCount: number; pointCount: number } {
  if (data.resultType === "vector") return { seriesCount: data.result.length, pointCount: data.result.length };
  if (data.resultType !== "matrix") return { seriesCount: 1, pointCount: 1 };
  const pointCount = data.result.reduce(
    (sum, { values = [], histograms = [] }) => sum + values.length + histograms.length,
    0,
  );
  return { seriesCount: data.result.length, pointCount };
}
