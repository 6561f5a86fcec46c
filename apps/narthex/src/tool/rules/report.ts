// A backtest's alerts for people to read.
import { labelsFrom, printDuration, printLabels } from "@narthex/model";
import type { AlertEpisode, BacktestReport } from "@narthex/server";
import { printFloat } from "@narthex/stdx";

export function* printReport(report: BacktestReport, alerts: readonly AlertEpisode[]): Generator<string> {
  for (const alert of alerts) yield printAlert(alert);
  const fired = alerts.filter(({ firedAt }) => firedAt !== undefined);
  const names = new Set(fired.map(({ group, alert }) => `${group} ${alert}`));
  const rules = `${names.size} of ${report.alertingRules} alerting rules`;
  yield `${fired.length} alerts fired, of ${rules}; ${report.evaluations} evaluations\n`;
}

function printAlert({ group, alert, labels, annotations, value, activeAt, firedAt, endedAt }: AlertEpisode): string {
  const { alertname: _, ...others } = labels;
  const lines = [`${printLabels(labelsFrom({ ...others, __name__: alert }))} (group ${group})`];
  lines.push(`  pending   ${time(activeAt)}`);
  if (firedAt !== undefined) lines.push(`  firing    ${time(firedAt)}  value ${printFloat(value)}`);
  if (endedAt !== undefined)
    lines.push(
      `  ${firedAt === undefined ? "gone    " : "resolved"}  ${time(endedAt)}  after ${printDuration(endedAt - (firedAt ?? activeAt))}`,
    );
  else lines.push("  still active at the end");
  for (const [name, text] of Object.entries(annotations)) lines.push(`  ${name}: ${text.replaceAll("\n", "\n    ")}`);
  return `${lines.join("\n")}\n\n`;
}

function time(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}
