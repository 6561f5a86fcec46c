// After a restart, gives pending and firing alerts back the time since which they were active.
// Comes from: ALERTS_FOR_STATE in storage. Runs once for each rule, after its second evaluation: at the first, targets may
// not have been scraped yet, nor rules evaluated that it reads.
import { labelEntries, matcherFrom, type Queryable, SampleColumns } from "@narthex/model";
import type { Alert } from "./alert.js";
import type { AlertingRule } from "./alerting.js";

export type RestoreOptions = {
  readonly queryable: Queryable;
  /** ms. */
  readonly time: number;
  /** How long the server may have been away. */
  readonly outageToleranceMs: number;
  /** Shorter `for`s start anew; a restored alert waits at least so long before it fires. */
  readonly gracePeriodMs: number;
};

export function restoreForState(rule: AlertingRule, options: RestoreOptions): void {
  rule.isRestored = true;
  if (rule.config.forMs < options.gracePeriodMs) return;
  for (const alert of rule.alerts.values()) {
    const last = lastForState(rule, alert, options);
    if (last) alert.activeAt = restoredActiveAt(last, rule.config.forMs, options);
  }
}

type ForState = { readonly downAt: number; readonly activeAt: number };

function lastForState(
  rule: AlertingRule,
  alert: Alert,
  { queryable, time, outageToleranceMs }: RestoreOptions,
): ForState | undefined {
  const labels = rule.forStateLabels(alert);
  const matchers = [...labelEntries(labels)].map(([name, value]) => matcherFrom("=", name, value));
  const range = { start: time - outageToleranceMs, end: time };
  const querier = queryable.querier(range);
  try {
    // Equality matchers select supersets of the label set too; the exact one has as many labels.
    const source = querier.select({ matchers, ...range }).find((one) => one.labels.length === labels.length);
    if (!source) return undefined;
    const columns = new SampleColumns();
    source.read(columns);
    for (let i = columns.count - 1; i >= 0; i--) {
      const t = columns.t[i] as number;
      const v = columns.v[i] as number;
      if (t < range.start || t > range.end) continue;
      // A series that ended: the alert was over before the server went.
      return columns.isStaleAt(i) ? undefined : { downAt: t, activeAt: v * 1000 };
    }
    return undefined;
  } finally {
    querier.close();
  }
}

/** Time that the server was away does not count towards `for`. */
function restoredActiveAt(
  { downAt, activeAt }: ForState,
  forMs: number,
  { time, gracePeriodMs }: RestoreOptions,
): number {
  const remainingMs = forMs - (downAt - activeAt);
  if (remainingMs <= 0) return activeAt;
  if (remainingMs < gracePeriodMs) return time + gracePeriodMs - forMs;
  return activeAt + (time - downAt);
}
