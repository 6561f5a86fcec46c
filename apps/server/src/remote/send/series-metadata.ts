// What version 2 says of a series: what the log has of it, or else what a target says of its metric family.
// With type-and-unit-labels the series' own labels tell type and unit.
import { type Metadata, type MetricType, metricTypes } from "@narthex/model";
import type { Families } from "./protocol.js";
import type { RemoteSeries } from "./series.js";

export type Knowledge = { readonly families: Families; readonly addsTypeAndUnit: boolean };

/** Parts of a family's series, and what counters and infos have at the end of their names. */
const suffixes = /_(?:bucket|sum|count|total|created|info)$/;

export function metadataOfSeries(
  all: RemoteSeries,
  series: number,
  { families, addsTypeAndUnit }: Knowledge,
): Metadata | undefined {
  const known = all.metadataOf(series) ?? familyOf(all.metricName(series), families);
  if (!addsTypeAndUnit) return known;
  const type = all.table.valueOf(series, "__type__");
  const unit = all.table.valueOf(series, "__unit__");
  if (type === "" && unit === "") return known;
  return { type: isType(type) ? type : "unknown", unit, help: known?.help ?? "" };
}

function familyOf(name: string, families: Families): Metadata | undefined {
  return families.get(name) ?? families.get(name.replace(suffixes, ""));
}

function isType(text: string): text is MetricType {
  return (metricTypes as readonly string[]).includes(text);
}
