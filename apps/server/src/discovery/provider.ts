// What every way of finding targets has in common. One file or folder per provider; each exports one `Provider`, named
// after its config list. Comes from: config. Goes to: discovery/manager.
import type { Logger } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import type { MechanismMetrics } from "./mechanism-metrics.js";

/** Targets from one source (a file, a service, a config entry) that share labels. */
export type TargetGroup = {
  /** Names the group among those of one provider. */
  readonly source: string;
  /** Labels of each target; `__address__` is among them. */
  readonly targets: readonly Readonly<Record<string, string>>[];
  /** Labels of all targets; a target's own win. */
  readonly labels: Readonly<Record<string, string>>;
};

/** By section: a job's name, or "config-0" for the first alertmanagers entry. */
export type DiscoveredTargets = ReadonlyMap<string, readonly TargetGroup[]>;

export type ProviderWorld = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MechanismMetrics;
  /** Takes the whole list whenever it changed. Not called after a failure: the last good list stands. */
  readonly update: (groups: readonly TargetGroup[]) => void;
  /** Counts a refresh that failed. */
  readonly countFailure: () => void;
  /** Takes how long a refresh took, good or not. */
  readonly observeRefresh: (seconds: number) => void;
};

export type Provider<C> = {
  /** As in the label `mechanism` of the metrics: "file". */
  readonly name: string;
  /** Returns a function that stops it. Throws where it cannot begin: its config names what is not there. */
  start(config: C, world: ProviderWorld): () => void;
};
