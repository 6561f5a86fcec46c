import { describe, expect, it } from "vitest";
import { emptyPanel, type Panel, panelsMax } from "./panel.js";
import { parsePanels, printPanels, queryLink } from "./url.js";

function check(search: string, ...expected: Partial<Panel>[]): void {
  expect(parsePanels(search)).toEqual(expected.map((panel) => ({ ...emptyPanel, ...panel })));
}

describe("links made by Prometheus open", () => {
  it("version 2", () => {
    check(
      "?g0.expr=rate(x%5B5m%5D)&g0.tab=0&g0.stacked=1&g0.range_input=6h&g0.end_input=2026-03-09%2014:05&g0.step_input=30&g1.expr=up&g1.tab=1",
      {
        expression: "rate(x[5m])",
        tab: "graph",
        isStacked: true,
        rangeMs: 21_600_000,
        end: Date.UTC(2026, 2, 9, 14, 5),
        resolution: { kind: "fixed", stepMs: 30_000 },
      },
      { expression: "up" },
    );
  });
  it("version 3", () => {
    check("g0.expr=up&g0.tab=graph&g0.display_mode=lines&g0.res_type=auto&g0.res_density=high&g0.range_input=1h30m", {
      expression: "up",
      tab: "graph",
      rangeMs: 5_400_000,
      resolution: { kind: "auto", density: "high" },
    });
  });
});

describe("a URL that says nothing useful still gives a panel", () => {
  it("without parameters", () => check("", {}));
  it("with nonsense", () =>
    check("g0.expr=up&g0.range_input=soon&g0.end_input=x&g0.res_density=9", { expression: "up" }));
  it("with too many panels", () => {
    const search = Array.from({ length: 100 }, (_, i) => `g${i}.expr=up`).join("&");
    expect(parsePanels(search)).toHaveLength(panelsMax);
  });
});

it("what is written is read back", () => {
  const panels: Panel[] = [
    { ...emptyPanel, expression: 'a{b="&=+ ü"} / 2', tab: "graph", end: Date.UTC(2026, 0, 1), unit: "bytes" },
    { ...emptyPanel, expression: "", time: Date.UTC(2026, 0, 2), isStacked: true },
    { ...emptyPanel, expression: "up", resolution: { kind: "fixed", stepMs: 500 } },
  ];
  expect(parsePanels(printPanels(panels))).toEqual(panels);
});

it("one empty panel leaves the URL empty", () => {
  expect(printPanels([emptyPanel])).toBe("");
  expect(queryLink("up == 0")).toBe("/query?g0.expr=up+%3D%3D+0&g0.tab=table&g0.range_input=1h");
});
