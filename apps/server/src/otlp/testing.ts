// For tests: an export in OTLP's JSON → the series that it becomes, a line for each.
import { decodeOtlpJson } from "@narthex/formats";
import { isStale, printLabels } from "@narthex/model";
import { printHistogram } from "@narthex/promql";
import { type OtlpConfig, otlpDefaults } from "../config/otlp.js";
import { Refusals } from "../remote/refusals.js";
import type { TranslatedSeries } from "./series.js";
import { type Deltas, translateSteps } from "./translate.js";

/** ms */
export const at = 1_700_000_000_000;

/** Nanoseconds, as JSON has them. */
export function nanoseconds(ms: number): string {
  return `${ms}000000`;
}

export type Attributes = Readonly<Record<string, string>>;

export function attributesOf(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

/** Of whatever kind: time, attributes, and what else it has. */
export function pointOf(fields: object, attributes: Attributes = {}, ms: number = at): object {
  return { timeUnixNano: nanoseconds(ms), attributes: attributesOf(attributes), ...fields };
}

export type ScopeFields = { readonly scope?: object; readonly schemaUrl?: string };

/** One resource with one scope. */
export function exportOf(
  metrics: readonly object[],
  resource: Attributes = {},
  { scope, schemaUrl }: ScopeFields = {},
): object {
  const scopeMetrics = [{ ...(scope ? { scope } : {}), ...(schemaUrl ? { schemaUrl } : {}), metrics }];
  return { resourceMetrics: [{ resource: { attributes: attributesOf(resource) }, scopeMetrics }] };
}

export function gaugeOf(name: string, ...dataPoints: readonly object[]): object {
  return { name, gauge: { dataPoints } };
}

export type Translated = {
  readonly lines: readonly string[];
  readonly refused: string;
  readonly series: TranslatedSeries[];
};

export function translate(
  json: object,
  config: Partial<OtlpConfig> = {},
  {
    deltas = "refused",
    lookbackDeltaMs = 300_000,
  }: { readonly deltas?: Deltas; readonly lookbackDeltaMs?: number } = {},
): Translated {
  const refusals = new Refusals();
  const resources = decodeOtlpJson(Buffer.from(JSON.stringify(json)));
  const steps = translateSteps(resources, {
    config: { ...otlpDefaults, ...config },
    lookbackDeltaMs,
    deltas,
    refusals,
  });
  const series = [...steps].filter((one) => one !== undefined);
  return { lines: series.flatMap(linesOf), refused: refusals.print(), series };
}

/** `name{labels} value @ms after the start of the test, from the start time` */
function linesOf({ labels, samples, histograms }: TranslatedSeries): string[] {
  const when = ({ t, startTime }: { readonly t: number; readonly startTime: number }): string =>
    (t === at ? "" : ` @${t - at}`) + (startTime === 0 ? "" : ` from ${startTime - at}`);
  const name = printLabels(labels);
  return [
    ...samples.map((sample) => `${name} ${isStale(sample.v) ? "stale" : sample.v}${when(sample)}`),
    ...histograms.map((sample) => {
      const { histogram } = sample;
      return `${name} ${isStale(histogram.sum) ? "stale" : printHistogram(histogram)}${when(sample)}`;
    }),
  ];
}

/** One field of protobuf, which no message of ours has. */
export function fixed64(field: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = field * 8 + 1;
  bytes.writeBigUInt64LE(value, 1);
  return bytes;
}
