// Two vectors, element by element, matched by labels.
// The right side is collected by signature, the left side too; then each match group is walked step by step, since
// which series match may change from step to step.
import { printLabelSet } from "@narthex/model";
import { QueryError } from "../../error.js";
import { setOperators } from "../../parse/matching.js";
import type { BinaryPlan, ElementOperator } from "../../plan/node.js";
import { absent, Column, type ColumnSink } from "../column.js";
import { type Evaluation, evaluateVector } from "../evaluation.js";
import { isOneMetric } from "../names.js";
import { isComparison, isTrim } from "./element.js";
import { combineFloatColumns } from "./float-columns.js";
import { combineAt, type PairContext } from "./pair.js";
import { PairResults, type ResultShape } from "./result.js";
import { evaluateSet } from "./set.js";
import { multipleMatches, type Signature, signatureOf } from "./signature.js";

export function evaluateBinary(plan: BinaryPlan, evaluation: Evaluation, sink: ColumnSink): void {
  if (setOperators.has(plan.operator)) evaluateSet(plan, evaluation, sink);
  else new VectorMatch(plan, evaluation).run(sink);
}

/** Series with one signature. With group_right the sides change places: `many` is then the right one. */
type MatchGroup = { readonly many: Column[]; readonly one: Column[] };

class VectorMatch {
  readonly #plan: BinaryPlan;
  readonly #evaluation: Evaluation;
  readonly #signature: Signature;
  readonly #groups = new Map<string, MatchGroup>();
  readonly #isSwapped: boolean;
  /** Prometheus: with group_right the sides change places but the fill values do not, so fill_left is for the "many" side. */
  readonly #fill: { readonly fillMany: number | undefined; readonly fillOne: number | undefined };
  #heldPoints = 0;
  /** False where it may be asked which series there were on the "many" side. */
  #reusesMany = true;

  constructor(plan: BinaryPlan, evaluation: Evaluation) {
    this.#plan = plan;
    this.#evaluation = evaluation;
    this.#signature = signatureOf(plan.matching);
    this.#isSwapped = plan.matching.cardinality === "one-to-many";
    this.#fill = { fillMany: plan.matching.fillLeft, fillOne: plan.matching.fillRight };
  }

  run(sink: ColumnSink): void {
    const { left, right } = this.#plan;
    this.#collect(left, this.#isSwapped ? "one" : "many");
    const leftFill = this.#isSwapped ? this.#fill.fillOne : this.#fill.fillMany;
    const isNothing = this.#groups.size === 0 && leftFill === undefined;
    // Prometheus evaluates the other side all the same, and counts what that looks at.
    if (isNothing && !this.#evaluation.counts) return;
    this.#collect(right, this.#isSwapped ? "many" : "one");
    const results = new PairResults(this.#shape(), this.#evaluation);
    for (const { one } of this.#groups.values()) if (one.length > 1) this.#reusesMany = false;
    for (const group of this.#groups.values()) {
      this.#evaluation.budget.checkpoint();
      this.#matchGroup(group, results);
    }
    this.#evaluation.budget.release(this.#heldPoints);
    results.finish(sink);
  }

  #shape(): ResultShape {
    const { operator, isBool, matching, left, right } = this.#plan;
    const many = this.#isSwapped ? right : left;
    // Series of one metric that differ do so without its name, too.
    const isSelected = many.kind === "select" && isOneMetric(many);
    const isDistinct = isSelected && matching.cardinality !== "one-to-one" && matching.include.length === 0;
    return { matching, dropsName: isBool || !isComparison(operator), isBool, isDistinct };
  }

  #collect(plan: BinaryPlan["left"], side: keyof MatchGroup): void {
    evaluateVector(plan, this.#evaluation, (column) => {
      const key = this.#signature.key(column.labels);
      let group = this.#groups.get(key);
      if (!group) {
        group = { many: [], one: [] };
        this.#groups.set(key, group);
      }
      const points = column.pointCount();
      this.#evaluation.budget.hold(points);
      this.#heldPoints += points;
      group[side].push(column.copy());
    });
  }

  #matchGroup({ many, one }: MatchGroup, results: PairResults): void {
    const { matching } = this.#plan;
    const { fillMany, fillOne } = this.#fill;
    if ((one.length === 0 && fillOne === undefined) || (many.length === 0 && fillMany === undefined && one.length < 2))
      return;
    const isPlain = one.length === 1 && fillOne === undefined && fillMany === undefined;
    const isPaired = many.length === 1 || matching.cardinality !== "one-to-one";
    if (isPlain && isPaired && this.#matchFloats(many, one[0] as Column, results)) return;
    const { count } = this.#evaluation.grid;
    const fills = this.#fillColumns({ many, one });
    for (let i = 0; i < count; i++) {
      const single = this.#onlyOne(one, i);
      if (!single && fillOne === undefined) continue;
      const partner = single ?? (fills.one as Column);
      let matched = 0;
      for (const column of many) {
        if (column.present[i] === absent) continue;
        matched++;
        if (matched > 1 && matching.cardinality === "one-to-one") {
          throw multipleMatches("many-to-one matching must be explicit (group_left/group_right)");
        }
        this.#combine(results, { many: column, one: partner, i });
      }
      if (matched === 0 && single && fillMany !== undefined) {
        this.#combine(results, { many: fills.many as Column, one: single, i });
      }
    }
  }

  // The common case: one series on the one side and no histogram.
  #matchFloats(many: readonly Column[], one: Column, results: PairResults): boolean {
    const { operator, isBool } = this.#plan;
    if (one.h || isTrim(operator) || many.some(({ h }) => h)) return false;
    const elements = { operator: operator as ElementOperator, isBool };
    for (const column of many) {
      const [left, right] = this.#isSwapped ? [one, column] : [column, one];
      combineFloatColumns(elements, left, right, results.columnOfPair(column, one, this.#reusesMany));
    }
    return true;
  }

  // Stand-ins for missing partners, with the labels of the match group.
  #fillColumns({ many, one }: MatchGroup): { one: Column | undefined; many: Column | undefined } {
    const { fillMany, fillOne } = this.#fill;
    const example = many[0] ?? one[0];
    const column = (value: number | undefined): Column | undefined => {
      if (value === undefined || !example) return undefined;
      const fill = new Column(this.#signature.labels(example.labels), this.#evaluation.grid.count);
      for (let i = 0; i < fill.v.length; i++) fill.setFloat(i, value);
      return fill;
    };
    return { one: column(fillOne), many: column(fillMany) };
  }

  // The column of the "one" side that has a point at step i; more than one is an error if the other side has any point then.
  #onlyOne(one: readonly Column[], i: number): Column | undefined {
    let found: Column | undefined;
    for (const column of one) {
      if (column.present[i] === absent) continue;
      if (found && this.#hasManyAt(i)) throw this.#duplicate(found, column);
      found ??= column;
    }
    return found;
  }

  #hasManyAt(i: number): boolean {
    for (const { many } of this.#groups.values()) if (many.some((column) => column.present[i] !== absent)) return true;
    return false;
  }

  #duplicate(first: Column, second: Column): QueryError {
    const group = printLabelSet(this.#signature.labels(first.labels));
    const side = this.#isSwapped ? "left" : "right";
    const both = `[${printLabelSet(first.labels)}, ${printLabelSet(second.labels)}]`;
    return new QueryError(
      "execution",
      `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: ${both};many-to-many matching not allowed: matching labels must be unique on one side`,
    );
  }

  #combine(results: PairResults, pair: { many: Column; one: Column; i: number }): void {
    const { many, one, i } = pair;
    const context: PairContext = {
      operator: this.#plan.operator,
      isBool: this.#plan.isBool,
      annotations: this.#evaluation.annotations,
      range: this.#plan.range,
    };
    const [left, right] = this.#isSwapped ? [one, many] : [many, one];
    combineAt(context, { left, right, i }, (set) => set(results.columnFor(many, one), i));
  }
}
