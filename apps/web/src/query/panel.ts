// What one query panel shows: all of it is in the URL, so that a link or the back button brings it back.
import type { Unit } from "../format/value.js";

export type Density = "low" | "medium" | "high";
export type Resolution = { kind: "auto"; density: Density } | { kind: "fixed"; stepMs: number };

export interface Panel {
  expression: string;
  tab: "table" | "graph";
  /** Evaluation time of the table, ms; `undefined` is now. */
  time: number | undefined;
  rangeMs: number;
  /** End of the graph, ms, inclusive; `undefined` is now. */
  end: number | undefined;
  resolution: Resolution;
  isStacked: boolean;
  unit: Unit | "auto";
}

/** `isStep`: whether the back button should return to what was before. */
export type PanelChange = (panel: Panel, options: { isStep: boolean }) => void;

/** What a panel hands to its table or graph. */
export interface ResultProps {
  panel: Panel;
  intervalMs: number;
  /** Counts runs: another number asks the server again. */
  runCount: number;
  onChange: PanelChange;
  onRun: (expression: string) => void;
}

export const emptyPanel: Panel = {
  expression: "",
  tab: "table",
  time: undefined,
  rangeMs: 3_600_000,
  end: undefined,
  resolution: { kind: "auto", density: "medium" },
  isStacked: false,
  unit: "auto",
};

/** More panels than this in one URL are not read: each costs a query at load. */
export const panelsMax = 20;
