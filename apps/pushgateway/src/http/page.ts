// The page at /: groups, when they were pushed and what they hold, for a look without the UI.
import type { MetricFamily } from "@narthex/formats";
import { emptyLabels, type Labels, labelEntries, printLabels } from "@narthex/model";
import { printFloatG } from "@narthex/stdx";
import type { PushgatewayValues } from "../flags.js";
import type { Group } from "../store/group.js";
import { flagText, timeText } from "./api.js";
import { version } from "./metrics.js";

export type PageSource = {
  readonly groups: readonly Group[];
  readonly flags: PushgatewayValues;
  readonly startTime: number;
  readonly telemetryPath: string;
};

/** Series shown per family; the rest is on the telemetry path. */
const seriesShownMax = 100;

export function printPage({ groups, flags, startTime, telemetryPath }: PageSource): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Pushgateway</title>
<style>
body{font:1rem/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.15rem .5rem;border-bottom:1px solid #8884}
summary{cursor:pointer;padding:.3rem 0}code{font-size:.9em;overflow-wrap:anywhere}.failed{color:#c00;font-weight:600}
</style>
</head>
<body>
<h1>Pushgateway</h1>
<p>${groups.length} ${groups.length === 1 ? "group" : "groups"}. <a href="${escapeHtml(telemetryPath)}">Metrics</a></p>
${groups.map(printGroup).join("\n")}
<h2>Status</h2>
<table>
<tr><th>Version</th><td>${version}</td></tr>
<tr><th>Started</th><td>${timeText(startTime)}</td></tr>
${Object.entries(flags)
  .map(([name, value]) => `<tr><th><code>${name}</code></th><td>${escapeHtml(flagText(name, value))}</td></tr>`)
  .join("\n")}
</table>
</body>
</html>
`;
}

function printGroup({ labels, families, pushTime, failureTime }: Group): string {
  const title = [...labelEntries(labels)].map(([name, value]) => `${name}="${value}"`).join(", ");
  const isFailed = failureTime > pushTime;
  const failed = isFailed ? ` <span class="failed">Last push failed at ${timeText(failureTime)}</span>` : "";
  const pushed = pushTime === 0 ? "never pushed" : `pushed ${timeText(pushTime)}`;
  const body = [...families.values()].map(({ family }) => printFamilyRows(family)).join("\n");
  return `<details><summary><code>${escapeHtml(title)}</code> ${pushed}${failed}</summary>
<table>
${body}
</table>
</details>`;
}

function printFamilyRows(family: MetricFamily): string {
  const rows = family.metrics.slice(0, seriesShownMax).map((metric) => {
    const value = "v" in metric ? printFloatG(metric.v) : `count ${metric.count}, sum ${printFloatG(metric.sum)}`;
    return `<tr><td><code>${escapeHtml(labelsText(metric.labels))}</code></td><td>${value}</td></tr>`;
  });
  const rest = family.metrics.length - rows.length;
  if (rest > 0) rows.push(`<tr><td colspan="2">and ${rest} more</td></tr>`);
  const head = `<tr><th colspan="2"><code>${escapeHtml(family.name)}</code> ${family.type} ${escapeHtml(family.help ?? "")}</th></tr>`;
  return [head, ...rows].join("\n");
}

function labelsText(labels: Labels): string {
  return labels === emptyLabels ? "" : printLabels(labels);
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}
