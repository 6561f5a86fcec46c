// The JSON API: groups with their metrics, and the status of the process.
import type { HistogramMetric, MetricFamily, SummaryMetric, ValueMetric } from "@narthex/formats";
import { emptyLabels, labelsToRecord, printDuration } from "@narthex/model";
import { printFloatG } from "@narthex/stdx";
import { type PushgatewayValues, pushgatewayFlags } from "../flags.js";
import { failureTimeHelp, pushTimeHelp } from "../store/gather.js";
import { type Group, sanitizeLabels } from "../store/group.js";
import { typeName } from "../store/series-index.js";
import { version } from "./metrics.js";

export type StatusSource = { readonly flags: PushgatewayValues; readonly startTime: number };

export function printStatus({ flags, startTime }: StatusSource): string {
  const build = { version, revision: "", branch: "", buildUser: "", buildDate: "", goVersion: process.version };
  const texts = Object.entries(flags).map(([name, value]) => [name, flagText(name, value)]);
  const data = { build_information: build, flags: Object.fromEntries(texts), start_time: timeText(startTime) };
  return JSON.stringify({ status: "success", data });
}

/** Flags as they could be given on the command line. */
export function flagText(name: string, value: unknown): string {
  const spec = pushgatewayFlags[name as keyof typeof pushgatewayFlags];
  if (spec?.kind === "duration") return printDuration(value as number);
  return Array.isArray(value) ? value.join(",") : String(value);
}

export function printGroups(groups: Iterable<Group>): string {
  return JSON.stringify({ status: "success", data: [...groups].map(groupJson) });
}

// A metric's name stands beside fixed keys; the fixed ones win.
function groupJson(group: Group): Record<string, unknown> {
  const labels = sanitizeLabels(emptyLabels, group.labels);
  const time = timeText(Math.max(group.pushTime, group.failureTime));
  const timeFamily = (help: string, milliseconds: number): unknown => {
    const metrics = [{ labels: labelsToRecord(labels), value: printFloatG(milliseconds / 1000) }];
    return { time_stamp: time, type: "GAUGE", help, metrics };
  };
  // fromEntries, since a metric may be called __proto__.
  return Object.fromEntries([
    ...[...group.families.values()].map(({ family, pushTime }) => [family.name, familyJson(family, pushTime)] as const),
    ["labels", labelsToRecord(group.labels)],
    ["last_push_successful", group.pushTime >= group.failureTime],
    ["push_time_seconds", timeFamily(pushTimeHelp, group.pushTime)],
    ["push_failure_time_seconds", timeFamily(failureTimeHelp, group.failureTime)],
  ]);
}

function familyJson(family: MetricFamily, pushTime: number): unknown {
  return {
    time_stamp: timeText(pushTime),
    type: typeName(family.type),
    ...(family.help === undefined ? {} : { help: family.help }),
    metrics: family.metrics.map((metric) => ({ labels: labelsToRecord(metric.labels), ...valueJson(metric) })),
  };
}

function valueJson(metric: ValueMetric | SummaryMetric | HistogramMetric): Record<string, unknown> {
  if ("v" in metric) return { value: printFloatG(metric.v) };
  const totals = { count: printFloatG(metric.count), sum: printFloatG(metric.sum) };
  if ("quantiles" in metric) {
    const quantiles = metric.quantiles.map(({ quantile, v }) => [printFloatG(quantile), printFloatG(v)]);
    return { ...totals, quantiles: Object.fromEntries(quantiles) };
  }
  const buckets = metric.buckets.map((bucket) => [printFloatG(bucket.upperBound), printFloatG(bucket.cumulativeCount)]);
  return { ...totals, buckets: Object.fromEntries(buckets) };
}

/** RFC 3339. */
export function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
