// Exemplars as OpenMetrics bounds them.
import { type Exemplar, labelEntries, labelsFrom } from "@narthex/model";
import type { Clock } from "@narthex/stdx";
import { MetricError } from "./names.js";

/** Characters of all names and values of an exemplar together (OpenMetrics 1.0). */
export const exemplarCharactersMax = 128;

export type ExemplarLabels = Readonly<Record<string, string>>;

export function exemplarFrom(labels: ExemplarLabels, v: number, clock: Clock): Exemplar {
  const set = labelsFrom(labels);
  let characters = 0;
  for (const [name, value] of labelEntries(set)) characters += Array.from(name + value).length;
  if (characters > exemplarCharactersMax) {
    throw new MetricError(`Label set size must be smaller than ${exemplarCharactersMax} UTF-8 chars`);
  }
  return { labels: set, v, t: clock.now() };
}
