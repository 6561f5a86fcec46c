// Labels of a new series: the target's joined to the sample's, relabelled, and checked against the job's limits.
// Comes from: scrape/series, once per series and not once per sample. Goes to: the storage.

import type { ExpositionColumns } from "@narthex/formats";
import {
  isLabelName,
  isLegacyMetricName,
  type Labels,
  labelEntries,
  labelsFromEntries,
  labelsFromSorted,
  labelValue,
  metricNameLabel,
  type NameScheme,
  printLabels,
  quote,
  type RelabelRule,
  relabel,
} from "@narthex/model";
import { compareUtf8 } from "@narthex/stdx";
import type { ScrapeConfig } from "../config/scrape.js";
import { ScrapeError } from "./fetch.js";

export type SampleLabelling = {
  readonly targetLabels: Labels;
  readonly rules: readonly RelabelRule[];
  readonly config: ScrapeConfig;
  /** --enable-feature=type-and-unit-labels: what the body tells of a family goes into labels of its series. */
  readonly addsTypeAndUnit: boolean;
};

/** Of a row of a body. With `honor_labels` an empty label still takes the target's away: what federates shows them so. */
export function ownLabels(columns: ExpositionColumns, row: number, labelling: SampleLabelling): Labels {
  const labels = labelling.config.honor_labels ? columns.labelsWithEmptyAt(row) : columns.labelsAt(row);
  if (!labelling.addsTypeAndUnit) return labels;
  const { type, unit } = columns.familyAt(row);
  const own = [...labelEntries(labels)].filter(([name]) => name !== typeLabel && name !== unitLabel);
  const told = [[typeLabel, type === "unknown" ? "" : type] as const, [unitLabel, unit] as const];
  return labelsFromEntries([...own, ...told]);
}

const typeLabel = "__type__";
const unitLabel = "__unit__";

/** Undefined where relabelling drops the series. Throws ScrapeError: such a series fails the whole scrape. */
export function labelSample(sample: Labels, labelling: SampleLabelling): Labels | undefined {
  const { config } = labelling;
  const labels = relabelSample(sample, labelling);
  if (!labels) return undefined;
  checkNames(labels, config.metric_name_validation_scheme);
  checkLimits(labels, config);
  return labels;
}

/** Undefined where relabelling drops the series. */
export function relabelSample(sample: Labels, { targetLabels, rules, config }: SampleLabelling): Labels | undefined {
  const joined = config.honor_labels ? withHonour(sample, targetLabels) : withExported(sample, targetLabels);
  const labels = relabel(joined, rules);
  return labels && labels.length > 0 ? labels : undefined;
}

/** The sample's labels win. */
function withHonour(sample: Labels, target: Labels): Labels {
  return labelsFromEntries([...labelEntries(target), ...labelEntries(sample)]);
}

/** The target's labels win; the sample's go on as `exported_…`. */
export function withExported(sample: Labels, target: Labels): Labels {
  const flat: string[] = [];
  let own = 0;
  for (let i = 0; i < target.length; i += 2) {
    const name = target[i] as string;
    for (; own < sample.length && compareUtf8(sample[own] as string, name) < 0; own += 2) {
      flat.push(sample[own] as string, sample[own + 1] as string);
    }
    if (sample[own] === name) return withDisplaced(sample, target);
    flat.push(name, target[i + 1] as string);
  }
  for (; own < sample.length; own++) flat.push(sample[own] as string);
  return labelsFromSorted(flat);
}

function withDisplaced(sample: Labels, target: Labels): Labels {
  const labels = new Map(labelEntries(sample));
  const displaced = [...labelEntries(target)].filter(([name]) => labels.has(name)).map(([name]) => name);
  const kept = displaced.map((name) => [name, labels.get(name) as string] as const);
  for (const [name, value] of labelEntries(target)) labels.set(name, value);
  for (const [name, value] of kept) {
    let exported = `exported_${name}`;
    while (labels.has(exported)) exported = `exported_${exported}`;
    labels.set(exported, value);
  }
  return labelsFromEntries(labels);
}

function checkNames(labels: Labels, scheme: NameScheme): void {
  const name = labelValue(labels, metricNameLabel);
  if (name === "") throw new ScrapeError("missing metric name (__name__ label)");
  let isValid = scheme === "utf8" || isLegacyMetricName(name);
  for (let i = 0; i < labels.length; i += 2) isValid &&= isLabelName(labels[i] as string, scheme);
  if (!isValid) throw new ScrapeError(`invalid metric name or label names: ${printLabels(labels)}`);
}

/** A sample with more labels, or longer ones, than the job allows. */
export class LabelLimitError extends ScrapeError {}

function checkLimits(labels: Labels, config: ScrapeConfig): void {
  const metric = labelValue(labels, metricNameLabel).slice(0, 50);
  const { label_limit, label_name_length_limit: nameMax, label_value_length_limit: valueMax } = config;
  const count = labels.length / 2;
  if (label_limit > 0 && count > label_limit) {
    throw new LabelLimitError(
      `label_limit exceeded (metric: ${metric}, number of labels: ${count}, limit: ${label_limit})`,
    );
  }
  if (nameMax === 0 && valueMax === 0) return;
  for (const [name, value] of labelEntries(labels)) {
    const place = `metric: ${metric}, label name: ${name.slice(0, 50)}`;
    const nameLength = Buffer.byteLength(name);
    if (nameMax > 0 && nameLength > nameMax) {
      throw new LabelLimitError(
        `label_name_length_limit exceeded (${place}, length: ${nameLength}, limit: ${nameMax})`,
      );
    }
    const valueLength = Buffer.byteLength(value);
    if (valueMax > 0 && valueLength > valueMax) {
      const shown = quote(value.slice(0, 50));
      throw new LabelLimitError(
        `label_value_length_limit exceeded (${place}, value: ${shown}, length: ${valueLength}, limit: ${valueMax})`,
      );
    }
  }
}
