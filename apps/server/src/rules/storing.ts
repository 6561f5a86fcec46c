// Writes what a rule gave, and stale markers for the series it no longer gives.
import {
  type Appendable,
  type AppendColumns,
  type Appender,
  type AppendOutcome,
  appendOutcome,
  type Labels,
  labelsKey,
  setStaleAt,
  wordsOf,
} from "@narthex/model";
import type { Logger } from "@narthex/service";
import type { RuleSample } from "./rule.js";

export type StoreRequest = {
  readonly appendable: Appendable;
  readonly logger: Logger;
  /** ms. */
  readonly time: number;
  readonly samples: readonly RuleSample[];
  /** Label sets that end here. */
  readonly vanished: readonly Labels[];
};

/**
 * One batch. Rejected samples are logged, as they are many rules' daily bread after a restart; gives the last rejected
 * sample's outcome, or "appended".
 */
export function storeSamples({ appendable, logger, time, samples, vanished }: StoreRequest): AppendOutcome {
  if (samples.length === 0 && vanished.length === 0) return appendOutcome.appended;
  const appender = appendable.appender();
  let outcomes: AppendOutcome[];
  try {
    const floats = samples.filter((sample) => !sample.h);
    const columns = columnsFor(floats.length + vanished.length);
    columns.t.fill(time);
    for (const [i, sample] of floats.entries()) {
      columns.refs[i] = appender.series(sample.labels);
      columns.v[i] = sample.v;
    }
    const words = wordsOf(columns.v);
    for (const [i, labels] of vanished.entries()) {
      columns.refs[floats.length + i] = appender.series(labels);
      setStaleAt(words, floats.length + i);
    }
    appender.append(columns);
    const histograms = samples.map((sample) => appendHistogram(appender, sample, time));
    outcomes = [...columns.outcomes, ...histograms] as AppendOutcome[];
  } catch (error) {
    appender.rollback();
    throw error;
  }
  const rejected = outcomes.filter((outcome) => outcome !== appendOutcome.appended);
  logRejected(rejected, { logger, time });
  appender.commit();
  return rejected.at(-1) ?? appendOutcome.appended;
}

/** The series of an evaluation, by their keys. */
export function seriesByKey(samples: readonly RuleSample[]): Map<string, Labels> {
  return new Map(samples.map(({ labels }) => [labelsKey(labels), labels]));
}

/** What the evaluation before had and this one has not. */
export function vanishedSeries(before: ReadonlyMap<string, Labels>, series: ReadonlyMap<string, Labels>): Labels[] {
  return [...before].filter(([key]) => !series.has(key)).map(([, labels]) => labels);
}

function columnsFor(count: number): AppendColumns {
  return {
    count,
    refs: new Uint32Array(count),
    t: new Float64Array(count),
    v: new Float64Array(count),
    outcomes: new Uint8Array(count),
  };
}

function appendHistogram(appender: Appender, { labels, h }: RuleSample, time: number): AppendOutcome {
  return h ? appender.appendHistogram(appender.series(labels), time, h) : appendOutcome.appended;
}

// Out of bounds is no fault of the rule's order: the head takes nothing so far behind its newest sample.
const rejectedTexts: readonly (readonly [AppendOutcome, string])[] = [
  [appendOutcome.outOfOrder, "Error on ingesting out-of-order result from rule evaluation"],
  [appendOutcome.tooOld, "Error on ingesting too old result from rule evaluation"],
  [appendOutcome.duplicate, "Error on ingesting results from rule evaluation with different value but same timestamp"],
  [appendOutcome.outOfBounds, "Rule evaluation result discarded: out of bounds"],
  [appendOutcome.unknownSeries, "Rule evaluation result discarded: unknown series"],
];

function logRejected(
  rejected: readonly AppendOutcome[],
  { logger, time }: Pick<StoreRequest, "logger" | "time">,
): void {
  for (const [outcome, text] of rejectedTexts) {
    const numDropped = rejected.filter((one) => one === outcome).length;
    if (numDropped > 0) logger.warn({ numDropped, evaluationTime: new Date(time).toISOString() }, text);
  }
}
