// All groups, in memory, and the rules by which pushes change them.
// Comes from: http/ (pushes) and persistence/ (at start). Goes to: gather.ts, persistence/.
import type { MetricFamily } from "@narthex/formats";
import type { Labels } from "@narthex/model";
import type { Clock } from "@narthex/stdx";
import { PushError } from "../push/error.js";
import { type Group, groupKey, type PushedFamily, sanitizeFamily } from "./group.js";
import { SeriesIndex } from "./series-index.js";

export type StoreOptions = {
  readonly clock: Clock;
  readonly isChecked: boolean;
  readonly groupsMax: number;
  readonly seriesMax: number;
  /** Names and types of the Pushgateway's own metrics. */
  readonly ownTypes: () => ReadonlyMap<string, MetricFamily["type"]>;
  /** Called after every change. */
  readonly onChange?: () => void;
};

export type Push = {
  readonly labels: Labels;
  readonly families: readonly MetricFamily[];
  /** replace: the whole group (PUT). merge: families of the same names (POST). */
  readonly mode: "replace" | "merge";
};

/** Set by the Pushgateway for every group; pushed ones of the same name are dropped. */
export const reservedNames: ReadonlySet<string> = new Set(["push_time_seconds", "push_failure_time_seconds"]);

export class GroupStore {
  readonly #options: StoreOptions;
  readonly #groups: Map<string, Group> = new Map();
  readonly #index: SeriesIndex;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#index = new SeriesIndex(options.ownTypes);
  }

  /** In the order in which they came to be. */
  get groups(): Iterable<Group> {
    return this.#groups.values();
  }

  get groupCount(): number {
    return this.#groups.size;
  }

  get seriesCount(): number {
    return this.#index.seriesCount;
  }

  /** Throws PushError where the push does not fit; the group then tells of the failure. */
  push({ labels, families, mode }: Push): void {
    const key = groupKey(labels);
    const group = this.#groups.get(key);
    if (group === undefined && this.#groups.size >= this.#options.groupsMax) {
      throw new PushError(`no more than ${this.#options.groupsMax} groups are kept`, 503);
    }
    const kept = families
      .filter(({ name }) => !reservedNames.has(name))
      .map((family) => sanitizeFamily(family, labels));
    const replaced = new Set(mode === "replace" ? group?.families.keys() : kept.map(({ name }) => name));
    const problem = this.#options.isChecked ? this.#problem(key, kept, replaced) : undefined;
    if (problem !== undefined) {
      this.#set(key, { ...(group ?? emptyGroup(labels)), failureTime: this.#options.clock.now() });
      throw new PushError(`pushed metrics are invalid or inconsistent with existing metrics: ${problem}`);
    }
    this.#replace(key, { group: group ?? emptyGroup(labels), kept, replaced });
  }

  /** Deleting what is not there is no mistake. */
  delete(labels: Labels): void {
    const key = groupKey(labels);
    const group = this.#groups.get(key);
    if (group === undefined) return;
    for (const { family } of group.families.values()) this.#index.remove(key, family);
    this.#groups.delete(key);
    this.#options.onChange?.();
  }

  wipe(): void {
    for (const group of this.#groups.values()) this.delete(group.labels);
  }

  /** Puts a group back that was kept over a restart. */
  restore(group: Group): void {
    const key = groupKey(group.labels);
    this.delete(group.labels);
    for (const { family } of group.families.values()) this.#index.add(key, family);
    this.#groups.set(key, group);
  }

  #problem(group: string, families: readonly MetricFamily[], replaced: ReadonlySet<string>): string | undefined {
    const hasTimestamp = families.some((family) => family.metrics.some((metric) => metric.t !== undefined));
    if (hasTimestamp) return "pushed metrics must not have timestamps";
    return this.#index.conflict({ group, families, replaced });
  }

  #replace(key: string, change: { group: Group; kept: readonly MetricFamily[]; replaced: ReadonlySet<string> }): void {
    const { group, kept, replaced } = change;
    const added = kept.reduce((sum, family) => sum + family.metrics.length, 0);
    let removed = 0;
    for (const name of replaced) removed += group.families.get(name)?.family.metrics.length ?? 0;
    if (this.#index.seriesCount + added - removed > this.#options.seriesMax) {
      throw new PushError(`no more than ${this.#options.seriesMax} series are kept`, 503);
    }
    const pushTime = this.#options.clock.now();
    const families = new Map<string, PushedFamily>();
    for (const [name, pushed] of group.families) {
      if (replaced.has(name)) this.#index.remove(key, pushed.family);
      else families.set(name, pushed);
    }
    for (const family of kept) {
      this.#index.add(key, family);
      families.set(family.name, { family, pushTime });
    }
    this.#set(key, { ...group, families, pushTime });
  }

  #set(key: string, group: Group): void {
    this.#groups.set(key, group);
    this.#options.onChange?.();
  }
}

function emptyGroup(labels: Labels): Group {
  return { labels, families: new Map(), pushTime: 0, failureTime: 0 };
}
