import { describe, expect, it } from "vitest";
import type { AlertState, AlertTransition } from "../api/prometheus.js";
import { byDay, changeOf, countChanges, selectTransitions } from "./history-list.js";

function transition(time: string, previousState: AlertState, state: AlertState): AlertTransition {
  const labels = { alertname: "High", host: time.slice(11, 13) };
  const rule = { name: "High", group: "g", file: "r.yml" };
  return {
    time,
    previousState,
    state,
    activeAt: time,
    value: "1e+00",
    labels,
    annotations: { summary: "too high" },
    rule,
  };
}

const all = [
  transition("2026-03-09T12:00:00Z", "firing", "inactive"),
  transition("2026-03-09T10:00:00Z", "pending", "firing"),
  transition("2026-03-08T09:00:00Z", "inactive", "pending"),
  transition("2026-03-08T08:00:00Z", "pending", "inactive"),
];

describe("the history of alerts", () => {
  it("says what happened", () => {
    expect(all.map(changeOf)).toEqual(["resolved", "firing", "pending", "gone"]);
    expect(countChanges(all)).toEqual({ resolved: 1, firing: 1, pending: 1, gone: 1 });
  });

  it("is narrowed by kind and by words", () => {
    expect(selectTransitions(all, { search: "", change: "firing" })).toEqual([all[1]]);
    expect(selectTransitions(all, { search: 'host="09"', change: "all" })).toEqual([all[2]]);
    expect(selectTransitions(all, { search: "too high", change: "all" })).toHaveLength(4);
  });

  it("stands under its days", () => {
    expect(byDay(all, "utc").map(({ date, transitions }) => [date, transitions.length])).toEqual([
      ["2026-03-09", 2],
      ["2026-03-08", 2],
    ]);
  });
});
