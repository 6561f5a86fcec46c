// Targets by scrape pool, filtered and counted. Comes from: /api/v1/targets. Goes to: page.tsx.
import type { ActiveTarget, DroppedTarget, TargetHealth } from "../api/prometheus.js";
import { matchesSearch, searchTexts } from "../format/labels.js";

export interface Pool {
  name: string;
  targets: ActiveTarget[];
  counts: Record<TargetHealth, number>;
}

export interface TargetFilter {
  search: string;
  health: TargetHealth | "all";
}

export function countHealth(targets: readonly ActiveTarget[]): Record<TargetHealth, number> {
  const counts: Record<TargetHealth, number> = { up: 0, down: 0, unknown: 0 };
  for (const { health } of targets) counts[health]++;
  return counts;
}

const healthRank: Record<TargetHealth, number> = { down: 0, unknown: 1, up: 2 };

/** Pools with a target left. Trouble first: pools with a target that is down, and in each pool those targets. */
export function poolsFrom(targets: readonly ActiveTarget[], filter: TargetFilter): Pool[] {
  const byName = new Map<string, ActiveTarget[]>();
  for (const target of targets) {
    const list = byName.get(target.scrapePool) ?? [];
    list.push(target);
    byName.set(target.scrapePool, list);
  }
  const pools = [...byName].map(([name, all]) => ({
    name,
    // Of the whole pool, so that filtering does not make it look healthy.
    counts: countHealth(all),
    targets: all.filter((target) => isSelected(target, filter)).sort(byHealth),
  }));
  return pools.filter((pool) => pool.targets.length > 0).sort(byTrouble);
}

function isSelected(target: ActiveTarget, { search, health }: TargetFilter): boolean {
  if (health !== "all" && target.health !== health) return false;
  return matchesSearch(search, [target.scrapeUrl, target.scrapePool, target.lastError, ...searchTexts(target.labels)]);
}

function byHealth(a: ActiveTarget, b: ActiveTarget): number {
  return healthRank[a.health] - healthRank[b.health] || (a.scrapeUrl < b.scrapeUrl ? -1 : 1);
}

function byTrouble(a: Pool, b: Pool): number {
  return Number(b.counts.down > 0) - Number(a.counts.down > 0) || (a.name < b.name ? -1 : 1);
}

/** The selector of everything scraped from this target. */
export function targetSelector({ labels }: Pick<ActiveTarget, "labels">): string {
  const { job = "", instance = "" } = labels;
  return `{job=${JSON.stringify(job)}, instance=${JSON.stringify(instance)}}`;
}

/** Dropped targets carry their pool in newer servers, and in the label `job` as discovered before. */
export function poolOfDropped({ scrapePool, discoveredLabels }: DroppedTarget): string {
  return scrapePool ?? discoveredLabels["job"] ?? "";
}
