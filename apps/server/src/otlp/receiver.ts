// Stores an OTLP export of metrics: translated by the configuration, then judged as what comes by remote write is.
// Comes from: api/otlp. Goes to: remote/receiver.
import { lastOf, type OtlpResource, type Steps } from "@narthex/formats";
import { Slots } from "@narthex/stdx";
import { pauses } from "@narthex/tsdb";
import type { OtlpConfig } from "../config/otlp.js";
import { storePieces } from "../remote/pieces.js";
import { type ReceiverOptions, type ReceiverRules, storeReceived, type Written } from "../remote/receiver.js";
import { Refusals } from "../remote/refusals.js";
import type { TranslatedSeries } from "./series.js";
import { type Deltas, translateSteps } from "./translate.js";

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

/** Of a decompressed body: what is shorter takes some milliseconds, and is stored at once, as one batch. */
export const shortBytesMax: number = 128 * 1024;

/** One at a time: together they would hold the thread for as long as they are many. */
const slots = new Slots(1);

/** Rejects with what the steps throw, and where the storage cannot be written; of earlier pieces all is then stored. */
export async function storeExport(
  { bytes, decode }: { readonly bytes: number; readonly decode: () => Steps<OtlpResource[]> },
  options: OtlpReceiverOptions,
): Promise<Written> {
  if (bytes > shortBytesMax) return slots.run(() => storeLong(decode(), options));
  return storeShort(lastOf(decode()), options);
}

export function storeShort(resources: readonly OtlpResource[], options: OtlpReceiverOptions): Written {
  const { steps, receiver } = translated(resources, options);
  const series: TranslatedSeries[] = [];
  for (const one of steps) if (one) series.push(one);
  return storeReceived(series, rules, receiver);
}

async function storeLong(decoding: Steps<OtlpResource[]>, options: OtlpReceiverOptions): Promise<Written> {
  const pause = pauses();
  for (;;) {
    const { done, value } = decoding.next();
    if (done) {
      const { steps, receiver } = translated(value, options);
      return storePieces(steps, rules, receiver);
    }
    await pause();
  }
}

function translated(
  resources: readonly OtlpResource[],
  options: OtlpReceiverOptions,
): { readonly steps: Generator<TranslatedSeries | undefined>; readonly receiver: ReceiverOptions } {
  const { lookbackDeltaMs, deltas } = options;
  const refusals = new Refusals();
  const steps = translateSteps(resources, { config: options.config(), lookbackDeltaMs, deltas, refusals });
  return { steps, receiver: { ...options, refusals } };
}
