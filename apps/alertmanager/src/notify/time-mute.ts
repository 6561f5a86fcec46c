// Whether a route is muted now by its time intervals.
import type { Config } from "../config/config.js";
import type { Route } from "../route/tree.js";
import { contains, type TimeInterval } from "../time-interval/interval.js";

export type IntervalsByName = ReadonlyMap<string, readonly TimeInterval[]>;

export function intervalsByName(config: Config): IntervalsByName {
  return new Map(
    [...config.muteTimeIntervals, ...config.timeIntervals].map(({ name, intervals }) => [name, intervals]),
  );
}

export interface TimeMute {
  readonly reason: "mute_time_interval" | "active_time_interval";
  /** The intervals it is muted in, or not active in. */
  readonly names: readonly string[];
}

export function timeMute(route: Route, intervals: IntervalsByName, now: number): TimeMute | undefined {
  const isWithin = (name: string): boolean => (intervals.get(name) ?? []).some((interval) => contains(interval, now));
  if (route.activeTimeIntervals.length > 0 && !route.activeTimeIntervals.some(isWithin)) {
    return { reason: "active_time_interval", names: route.activeTimeIntervals };
  }
  const muting = route.muteTimeIntervals.filter(isWithin);
  return muting.length > 0 ? { reason: "mute_time_interval", names: muting } : undefined;
}
