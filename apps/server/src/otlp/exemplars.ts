// Exemplars of a data point → those of its series.
import type { OtlpExemplar, ReceivedExemplar } from "@narthex/formats";
import { millisecondsOf } from "./time.js";

/** OpenMetrics' limit for names and values of an exemplar's labels together. */
const exemplarCharactersMax = 128;

/** Those that have a value, oldest first. `t`, in ms, is theirs where they have none of their own. */
export function translateExemplars(exemplars: readonly OtlpExemplar[], t: number): ReceivedExemplar[] {
  const translated: ReceivedExemplar[] = [];
  for (const exemplar of exemplars) {
    const { v, timeUs } = exemplar;
    if (v === undefined) continue;
    translated.push({ labels: { texts: labelsOf(exemplar) }, t: timeUs === 0 ? t : millisecondsOf(timeUs), v });
  }
  return translated.sort((a, b) => a.t - b.t);
}

/** Attributes that would make them too long are left out, all of them; ids stay. */
function labelsOf({ traceId, spanId, attributes }: OtlpExemplar): string[] {
  const labels = new Map<string, string>();
  for (let i = 0; i < attributes.length; i += 2) labels.set(attributes[i] as string, attributes[i + 1] as string);
  const ids = new Map<string, string>();
  if (traceId !== "") ids.set("trace_id", traceId);
  if (spanId !== "") ids.set("span_id", spanId);
  const all = new Map([...labels, ...ids]);
  const kept = charactersOf(all) <= exemplarCharactersMax ? all : ids;
  return [...kept].flat();
}

function charactersOf(labels: ReadonlyMap<string, string>): number {
  let characters = 0;
  for (const pair of labels) for (const text of pair) characters += [...text].length;
  return characters;
}
