// Stores an OTLP export of metrics: translated by the configuration, then judged as what comes by remote write is.
// Comes from: api/otlp. Goes to: remote/receiver.
import type { OtlpResource } from "@narthex/formats";
import type { OtlpConfig } from "../config/otlp.js";
import { type ReceiverOptions, type ReceiverRules, storeReceived, type Written } from "../remote/receiver.js";
import { Refusals } from "../remote/refusals.js";
import type { TranslatedSeries } from "./series.js";
import { type Deltas, translateOtlp } from "./translate.js";

export type OtlpReceiverOptions = ReceiverOptions & {
  /** As it stands when a request comes. */
  readonly config: () => OtlpConfig;
  readonly lookbackDeltaMs: number;
  readonly deltas: Deltas;
};

const rules: ReceiverRules<TranslatedSeries> = {
  labelsOf: ({ labels }) => labels,
  problemOf: () => undefined,
  isDerived: ({ isDerived }) => isDerived,
  toleratesExemplars: true,
};

/** Throws TranslationLimitError, and where the storage cannot be written; then nothing of it is stored. */
export function storeOtlp(resources: readonly OtlpResource[], options: OtlpReceiverOptions): Written {
  const { lookbackDeltaMs, deltas } = options;
  const refusals = new Refusals();
  const series = translateOtlp(resources, { config: options.config(), lookbackDeltaMs, deltas, refusals });
  return storeReceived(series, rules, { ...options, refusals });
}
