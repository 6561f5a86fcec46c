// Labels as a remote writer sent them → a label set, or why it is none.
// Comes from: formats, decodeWriteRequest. Goes to: receiver, beside this.
import type { ReceivedLabels } from "@narthex/formats";
import {
  hasLabel,
  type Labels,
  labelsFromEntries,
  type Metadata,
  metricNameLabel,
  printLabelSet,
  withLabel,
} from "@narthex/model";

/** Of one label set, names and values together. */
export const labelSetCharactersMax = 65_536;

/** What stands for bytes that are no UTF-8; a pair of them is one character under this flag. */
const loneSurrogate = /\p{Surrogate}/u;

/** Whether it was UTF-8 when it was received. */
export function isValidText(text: string): boolean {
  return !loneSurrogate.test(text);
}

/** The text says what is wrong, as Prometheus does. */
export class InvalidLabelsError extends Error {
  override readonly name = "InvalidLabelsError";
}

/** Sorted whatever their order was; an empty value means no label. Throws InvalidLabelsError. */
export function labelSetFrom({ texts, problem }: ReceivedLabels): Labels {
  if (problem !== undefined) throw new InvalidLabelsError(problem);
  let characters = 0;
  for (const text of texts) characters += text.length;
  if (characters > labelSetCharactersMax) {
    throw new InvalidLabelsError(`label set of ${characters} characters, at most ${labelSetCharactersMax} are taken`);
  }
  const entries = new Map<string, string>();
  let duplicate: string | undefined;
  for (let i = 0; i < texts.length; i += 2) {
    const name = texts[i] as string;
    if (entries.has(name)) duplicate ??= name;
    entries.set(name, texts[i + 1] as string);
  }
  const labels = labelsFromEntries(entries);
  if (entries.has("") || !texts.every(isValidText)) {
    throw new InvalidLabelsError(`invalid metric name or labels, got ${printLabelSet(labels)}`);
  }
  if (duplicate !== undefined) {
    const text = `invalid labels for series, labels ${printLabelSet(labels)}, duplicated label ${duplicate}`;
    throw new InvalidLabelsError(text);
  }
  return labels;
}

/** Of a series, which has a name besides. Throws InvalidLabelsError. */
export function seriesLabelsFrom(received: ReceivedLabels): Labels {
  if (received.problem !== undefined) {
    throw new InvalidLabelsError(`parsing labels for series ${received.problem}`);
  }
  const labels = labelSetFrom(received);
  if (hasLabel(labels, metricNameLabel)) return labels;
  throw new InvalidLabelsError(`invalid metric name or labels, got ${printLabelSet(labels)}`);
}

/** For the feature type-and-unit-labels: what the metadata says stands for what the labels said. */
export function withTypeAndUnit(labels: Labels, metadata: Metadata | undefined): Labels {
  if (!metadata || (metadata.type === "unknown" && metadata.unit === "")) return labels;
  const typed = withLabel(labels, "__type__", metadata.type === "unknown" ? "" : metadata.type);
  return withLabel(typed, "__unit__", metadata.unit);
}
