// The labels and columns of what comes out of matched vectors.
import { dropLabels, keepLabels, type Labels, labelsKey, labelValue, withLabel } from "@narthex/model";
import type { Matching } from "../../ast.js";
import type { QueryError } from "../../error.js";
import { absent, Column, type ColumnSink } from "../column.js";
import type { Evaluation } from "../evaluation.js";
import { sameLabelset, withoutName } from "../names.js";
import { multipleMatches } from "./signature.js";

export type ResultShape = {
  readonly matching: Matching;
  readonly dropsName: boolean;
  readonly isBool: boolean;
  /** No two pairs give the same labels, unless more than a metric's name is taken off. */
  readonly isDistinct: boolean;
};

/** Columns by their labels; pairs that give the same labels share one, at different steps. */
export class PairResults {
  readonly #shape: ResultShape;
  readonly #evaluation: Evaluation;
  readonly #byLabels = new Map<string, Column>();
  /** Of every pair, in the order in which they came. */
  readonly #results: Column[] = [];
  #isDistinct: boolean;
  readonly #byPair = new Map<Column, Map<Column, Column>>();
  readonly #labels: ReadonlySet<string>;
  #last: { many: Column; one: Column; result: Column } | undefined;

  constructor(shape: ResultShape, evaluation: Evaluation) {
    this.#shape = shape;
    this.#isDistinct = shape.isDistinct;
    this.#evaluation = evaluation;
    this.#labels = new Set(shape.matching.labels);
  }

  /**
   * A column for a result of two that have none yet, and are not asked for again: `many` itself with other labels, where that is not used
   * any more, or an empty one.
   */
  columnOfPair(many: Column, one: Column, reusesMany: boolean): Column {
    // A result of its own per pair: two of the same labels are told apart when they are put together.
    const labels = this.#resultLabels(many.labels, one.labels);
    if (labels.length < many.labels.length - 2) this.#isDistinct = false;
    const column = reusesMany ? many : new Column(labels, many.v.length);
    column.labels = labels;
    column.dropsName = many.dropsName || (this.#evaluation.delayedNameRemoval && this.#shape.isBool);
    this.#evaluation.budget.hold(column.v.length);
    this.#results.push(column);
    return column;
  }

  /** The column for a result of these two. */
  columnFor(many: Column, one: Column): Column {
    if (this.#last?.many === many && this.#last.one === one) return this.#last.result;
    let byOne = this.#byPair.get(many);
    if (!byOne) {
      byOne = new Map();
      this.#byPair.set(many, byOne);
    }
    let result = byOne.get(one);
    if (!result) {
      result = this.columnOfPair(many, one, false);
      byOne.set(one, result);
    }
    this.#last = { many, one, result };
    return result;
  }

  finish(sink: ColumnSink): void {
    for (const column of this.#results) this.#evaluation.budget.release(column.v.length);
    if (!this.#isDistinct) for (const column of this.#results) this.#put(column);
    const columns = this.#isDistinct ? this.#results : this.#byLabels.values();
    for (const column of columns) if (!column.isEmpty()) sink(column);
  }

  #put(column: Column): void {
    const key = labelsKey(column.labels);
    const same = this.#byLabels.get(key);
    if (!same) {
      this.#byLabels.set(key, column);
      return;
    }
    for (let i = 0; i < column.present.length; i++) {
      if (column.present[i] === absent) continue;
      if (same.present[i] !== absent) throw this.#duplicate();
      same.copyPoint(i, column);
    }
  }

  // One to one, two matches may differ in the metric's name alone, which is gone.
  #duplicate(): QueryError {
    if (this.#shape.matching.cardinality === "one-to-one") return sameLabelset();
    return multipleMatches("grouping labels must ensure unique matches");
  }

  #resultLabels(many: Labels, one: Labels): Labels {
    const { dropsName, isBool, matching } = this.#shape;
    // With delayed removal a comparison with bool keeps its name to the end.
    const dropsNow = dropsName && !(isBool && this.#evaluation.delayedNameRemoval);
    let labels = dropsNow ? withoutName(many) : many;
    if (matching.cardinality === "one-to-one") {
      labels = matching.on ? keepLabels(labels, this.#labels) : dropLabels(labels, this.#labels);
    }
    for (const name of matching.include) labels = withLabel(labels, name, labelValue(one, name));
    return labels;
  }
}
