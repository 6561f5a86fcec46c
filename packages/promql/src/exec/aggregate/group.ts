// Which group a series belongs to, and what an aggregation keeps of a group.
import { dropLabels, keepLabels, type Labels, labelValue } from "@narthex/model";
import type { AggregationPlan } from "../../plan/node.js";
import type { Column } from "../column.js";
import type { Evaluation } from "../evaluation.js";
import { reservedLabels } from "../names.js";

export type Grouping = Pick<AggregationPlan, "grouping" | "without">;

/** A tree with a branch for each text on the way to a group: no key is built for a series. */
type Branch<T> = { readonly branches: Map<string, Branch<T>>; group: T | undefined };

/** What an aggregation keeps for each group of series, in the order in which groups appeared. */
export class Groups<T> {
  readonly #grouping: Grouping;
  readonly #root: Branch<T> = { branches: new Map(), group: undefined };
  readonly all: T[] = [];

  constructor(grouping: Grouping) {
    this.#grouping = grouping;
  }

  /** The group of a series; `create` is called with the group's labels for the first one. */
  of(labels: Labels, create: (labels: Labels) => T): T {
    const { grouping, without } = this.#grouping;
    const leaf = without ? this.#byPairs(labels, grouping) : this.#byValues(labels, grouping);
    if (leaf.group === undefined) {
      leaf.group = create(groupLabels(this.#grouping, labels));
      this.all.push(leaf.group);
    }
    return leaf.group;
  }

  #byValues(labels: Labels, names: readonly string[]): Branch<T> {
    let at = this.#root;
    for (const name of names) at = branch(at, labelValue(labels, name));
    return at;
  }

  #byPairs(labels: Labels, without: readonly string[]): Branch<T> {
    let at = this.#root;
    for (let i = 0; i < labels.length; i += 2) {
      const name = labels[i] as string;
      if (!without.includes(name) && !reservedLabels.has(name)) at = branch(branch(at, name), labels[i + 1] as string);
    }
    return at;
  }
}

function branch<T>(at: Branch<T>, text: string): Branch<T> {
  let next = at.branches.get(text);
  if (!next) {
    next = { branches: new Map(), group: undefined };
    at.branches.set(text, next);
  }
  return next;
}

/** The labels of the group that a series belongs to. */
export function groupLabels({ grouping, without }: Grouping, labels: Labels): Labels {
  return without
    ? dropLabels(labels, new Set([...grouping, ...reservedLabels]))
    : keepLabels(labels, new Set(grouping));
}

/** Whether the aggregation's result is the same with and without the series' metric names. */
export function ignoresNames({ grouping, without }: Grouping): boolean {
  return without || !grouping.some((name) => reservedLabels.has(name));
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
