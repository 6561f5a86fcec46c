// A series that several selectors of a query find is read once: `rate(a{code="500"}[5m])` and `rate(a[5m])` differ in their matchers
// only, so that they make the same column of it. Whichever comes first keeps the columns that others will ask for.
// Comes from: engine.ts. Goes to: select.ts, range-call.ts. Series are known by their array of labels, which storages keep from
// select to select; where one does not, it is read again.
import { type Labels, type Matcher, matchesAll, printMatcher } from "@narthex/model";
import type { Plan } from "../plan/node.js";
import type { Budget } from "./budget.js";
import type { Column } from "./column.js";
import { KeptColumns } from "./kept-columns.js";
import { type LeafPlan, leavesOf } from "./leaves.js";
import { planText } from "./plan-text.js";
import type { StepGrid } from "./step-grid.js";

/** Points that are kept of a query at the most; a column counts as so many more. */
const keptMax = 1_000_000;
const columnCost = 20;
/** Leaves that are compared with each other at the most; of a query with more that differ in matchers, each reads for itself. */
const familyMax = 100;

/** Of one series: samples that were read for its column, and samples that its steps looked at. */
export type SeriesCost = { readonly read: number; readonly looked: number };

/** A leaf among those that say the same but for their matchers. Equal ones are one. */
type Member = {
  readonly family: string;
  readonly matchers: ReadonlyMap<string, Matcher>;
  /** Whose series are among this one's, or the other way round; `extra`: what tells theirs among this one's. */
  readonly others: { readonly member: Member; readonly extra: readonly Matcher[] }[];
};

export class Overlaps {
  readonly #members: ReadonlyMap<LeafPlan, Member>;
  readonly #pools = new Map<string, Pool>();
  readonly #room = { points: keptMax };

  /** `isColumn`: whether all that a leaf says of most series is a column. */
  constructor(plan: Plan, isColumn: (leaf: LeafPlan) => boolean) {
    const leaves = leavesOf(plan);
    this.#members = leaves.length > 1 ? membersOf(leaves.filter(isColumn)) : new Map();
  }

  /** For one evaluation of a leaf; undefined where matchers do not tell that another has some of its series. */
  of(leaf: LeafPlan, { start, step, count }: StepGrid): Overlap | undefined {
    const member = this.#members.get(leaf);
    if (!member) return undefined;
    const key = `${member.family} ${start} ${step} ${count}`;
    let pool = this.#pools.get(key);
    if (!pool) {
      pool = { columns: new KeptColumns(count), begun: new Set() };
      this.#pools.set(key, pool);
    }
    return new Overlap(member, pool, this.#room);
  }
}

/** Columns of one family on one grid, and whose turn has been. */
type Pool = { readonly columns: KeptColumns<SeriesCost>; readonly begun: Set<Member> };

export class Overlap {
  readonly #columns: KeptColumns<SeriesCost>;
  /** A series that satisfies one of these is wanted later. */
  readonly #wanted: readonly (readonly Matcher[])[];
  readonly #room: { points: number };

  constructor(member: Member, { columns, begun }: Pool, room: { points: number }) {
    this.#columns = columns;
    this.#room = room;
    begun.add(member);
    this.#wanted = member.others.filter((other) => !begun.has(other.member)).map(({ extra }) => extra);
  }

  /** For a visit of series: fills the column where that of the series is kept, and calls `taken`. */
  knownTo({ column, budget, taken }: Taking): (labels: Labels) => boolean {
    return (labels) => {
      const cost = this.#columns.take(labels, column);
      if (!cost) return false;
      budget.readAgain(cost.read);
      budget.totalQueryableSamples += cost.looked;
      taken(labels);
      return true;
    };
  }

  /** Keeps a copy where it will be asked for and there is room. REQUIRES: no histogram; nothing else is to be said of the series. */
  put(labels: Labels, column: Column, cost: SeriesCost): void {
    if (!this.#wanted.some((matchers) => matchesAll(matchers, labels))) return;
    const points = column.v.length + columnCost;
    if (points > this.#room.points) return;
    this.#room.points -= points;
    this.#columns.put(labels, column, cost);
  }
}

type Taking = {
  readonly column: Column;
  readonly budget: Budget;
  readonly taken: (labels: Labels) => void;
};

// Only leaves with others.
function membersOf(leaves: readonly LeafPlan[]): ReadonlyMap<LeafPlan, Member> {
  const members = new Map<LeafPlan, Member>();
  const families = new Map<string, Map<string, Member>>();
  for (const leaf of leaves) {
    const family = planText(withoutMatchers(leaf));
    const byMatchers = families.get(family) ?? new Map<string, Member>();
    families.set(family, byMatchers);
    const matchers = new Map(matchersOf(leaf).map((matcher) => [printMatcher(matcher), matcher]));
    const key = [...matchers.keys()].sort().join(",");
    const member = byMatchers.get(key) ?? { family, matchers, others: [] };
    byMatchers.set(key, member);
    members.set(leaf, member);
  }
  for (const byMatchers of families.values()) relate([...byMatchers.values()]);
  for (const [leaf, { others }] of members) if (others.length === 0) members.delete(leaf);
  return members;
}

function relate(members: readonly Member[]): void {
  if (members.length > familyMax) return;
  for (const wide of members) {
    for (const narrow of members) {
      if (narrow.matchers.size <= wide.matchers.size) continue;
      if (![...wide.matchers.keys()].every((key) => narrow.matchers.has(key))) continue;
      const extra = [...narrow.matchers].filter(([key]) => !wide.matchers.has(key)).map(([, matcher]) => matcher);
      wide.others.push({ member: narrow, extra });
      narrow.others.push({ member: wide, extra: [] });
    }
  }
}

function matchersOf(leaf: LeafPlan): readonly Matcher[] {
  if (leaf.kind === "select") return leaf.matchers;
  return leaf.matrix.kind === "window" ? leaf.matrix.selector.matchers : [];
}

function withoutMatchers(leaf: LeafPlan): LeafPlan {
  if (leaf.kind === "select") return { ...leaf, matchers: [] };
  const { matrix } = leaf;
  if (matrix.kind !== "window") return leaf;
  return { ...leaf, matrix: { ...matrix, selector: { ...matrix.selector, matchers: [] } } };
}
