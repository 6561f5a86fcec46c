// Writes what a rule gave, and stale markers for the series it no longer gives.
import {
  type Appendable,
  type AppendColumns,
  type Appender,
  appendOutcome,
  type Labels,
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

/** One batch. Rejected samples are logged, as they are many rules' daily bread after a restart. */
export function storeSamples({ appendable, logger, time, samples, vanished }: StoreRequest): void {
  if (samples.length === 0 && vanished.length === 0) return;
  const appender = appendable.appender();
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
    logRejected(columns, logger);
    for (const sample of samples) appendHistogram(appender, sample, time);
  } catch (error) {
    appender.rollback();
    throw error;
  }
  appender.commit();
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

function appendHistogram(appender: Appender, { labels, h }: RuleSample, time: number): void {
  if (h) appender.appendHistogram(appender.series(labels), time, h);
}

function logRejected({ outcomes, count }: AppendColumns, logger: Logger): void {
  let outOfOrder = 0;
  let duplicate = 0;
  for (let i = 0; i < count; i++) {
    if (outcomes[i] === appendOutcome.appended) continue;
    if (outcomes[i] === appendOutcome.duplicate) duplicate++;
    else outOfOrder++;
  }
  if (outOfOrder > 0)
    logger.warn({ numDropped: outOfOrder }, "Error on ingesting out-of-order result from rule evaluation");
  if (duplicate > 0) {
    logger.warn(
      { numDropped: duplicate },
      "Error on ingesting results from rule evaluation with different value but same timestamp",
    );
  }
}
