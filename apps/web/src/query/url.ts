// Panels as URL parameters `g0.expr=…&g0.tab=…`: written as Prometheus 3 writes them, read in its old form too, so that
// links from Prometheus, Grafana and alert notifications open here, and ours open there. `unit` is our own addition.
import { parseDuration, printDuration } from "../format/duration.js";
import { parseTime, printTime } from "../format/time.js";
import { isUnit } from "../format/value.js";
import { type Density, emptyPanel, type Panel, panelsMax, type Resolution } from "./panel.js";

/** Never empty: a URL without panels means one empty panel. */
export function parsePanels(search: string): Panel[] {
  const parameters = new URLSearchParams(search);
  const panels: Panel[] = [];
  for (let i = 0; i < panelsMax && hasPanel(parameters, i); i++) {
    panels.push(parsePanel((name) => parameters.get(`g${i}.${name}`) ?? undefined));
  }
  return panels.length > 0 ? panels : [emptyPanel];
}

function hasPanel(parameters: URLSearchParams, index: number): boolean {
  const prefix = `g${index}.`;
  return [...parameters.keys()].some((name) => name.startsWith(prefix));
}

type Lookup = (name: string) => string | undefined;

function parsePanel(lookup: Lookup): Panel {
  const tab = lookup("tab");
  const rangeMs = parseDuration(lookup("range_input") ?? "") ?? 0;
  const unit = lookup("unit") ?? "";
  return {
    expression: lookup("expr") ?? "",
    // 0 and 1: Prometheus 2.
    tab: tab === "graph" || tab === "0" ? "graph" : "table",
    time: parseTime(lookup("moment_input") ?? "", "utc"),
    rangeMs: rangeMs > 0 ? rangeMs : emptyPanel.rangeMs,
    end: parseTime(lookup("end_input") ?? "", "utc"),
    resolution: parseResolution(lookup),
    isStacked: lookup("display_mode") === "stacked" || lookup("stacked") === "1",
    unit: isUnit(unit) ? unit : "auto",
  };
}

function parseResolution(lookup: Lookup): Resolution {
  const isFixed = lookup("res_type") === "fixed" || lookup("res_type") === "custom";
  const step = lookup("step_input") ?? (isFixed ? lookup("res_step") : undefined);
  const stepMs = parseDuration(step ?? "") ?? 0;
  if (stepMs > 0) return { kind: "fixed", stepMs };
  const density = lookup("res_density") ?? "";
  return { kind: "auto", density: isDensity(density) ? density : "medium" };
}

function isDensity(text: string): text is Density {
  return text === "low" || text === "medium" || text === "high";
}

/** The query string, with "?" in front, or "" for a single panel that is still empty. */
export function printPanels(panels: readonly Panel[]): string {
  if (panels.every((panel) => panel.expression === "") && panels.length <= 1) return "";
  const parameters = new URLSearchParams();
  for (const [i, panel] of panels.entries()) {
    for (const [name, value] of printPanel(panel)) parameters.set(`g${i}.${name}`, value);
  }
  return `?${parameters}`;
}

function printPanel(panel: Panel): [name: string, value: string][] {
  const { resolution } = panel;
  const pairs: [string, string][] = [
    ["expr", panel.expression],
    ["tab", panel.tab],
    ["range_input", printDuration(panel.rangeMs)],
  ];
  if (panel.end !== undefined) pairs.push(["end_input", printTime(panel.end, "utc")]);
  if (panel.time !== undefined) pairs.push(["moment_input", printTime(panel.time, "utc")]);
  if (resolution.kind === "fixed") pairs.push(["res_type", "fixed"], ["res_step", String(resolution.stepMs / 1000)]);
  else if (resolution.density !== "medium") pairs.push(["res_type", "auto"], ["res_density", resolution.density]);
  if (panel.isStacked) pairs.push(["display_mode", "stacked"]);
  if (panel.unit !== "auto") pairs.push(["unit", panel.unit]);
  return pairs;
}

/** The Query page with this expression, relative to the base path: what alerts and targets link to. */
export function queryLink(expression: string, tab: Panel["tab"] = "table"): string {
  return `/query${printPanels([{ ...emptyPanel, expression, tab }])}`;
}
