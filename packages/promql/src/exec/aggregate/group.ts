// Which group a series belongs to, and what an aggregation keeps of a group.
import { dropLabels, keepLabels, type Labels, labelValue } from "@narthex/model";
import type { AggregationPlan } from "../../plan/node.js";
import type { Column } from "../column.js";
import type { Evaluation } from "../evaluation.js";
import { reservedLabels } from "../names.js";

export type Grouping = { readonly key: (labels: Labels) => string; readonly labels: (labels: Labels) => Labels };

export function groupingOf(names: readonly string[], without: boolean): Grouping {
  if (!without) {
    const kept: ReadonlySet<string> = new Set(names);
    return {
      key: (labels) => {
        let key = "";
        for (const name of names) key += `${labelValue(labels, name)}\u0000`;
        return key;
      },
      labels: (labels) => keepLabels(labels, kept),
    };
  }
  const dropped: ReadonlySet<string> = new Set([...names, ...reservedLabels]);
  return {
    key: (labels) => {
      let key = "";
      for (let i = 0; i < labels.length; i += 2) {
        if (!dropped.has(labels[i] as string)) key += `${labels[i]}\u0000${labels[i + 1]}\u0000`;
      }
      return key;
    },
    labels: (labels) => dropLabels(labels, dropped),
  };
}

export type GroupContext = {
  readonly plan: AggregationPlan;
  readonly evaluation: Evaluation;
  readonly labels: Labels;
};

/** The state of one group over all steps. */
export interface RunningGroup {
  dropsName: boolean;
  /** Takes in one series; keeps nothing of the column. */
  add(column: Column): void;
  /** The result; called once, after the last `add`. */
  column(): Column;
}
