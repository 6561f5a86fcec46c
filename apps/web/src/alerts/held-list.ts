// What Alertmanager holds, seen from an alert: why it is or is not being notified about.
// Comes from: /api/v2/alerts/groups. Goes to: rules-tab.tsx, held-tab.tsx.
import type { AlertGroup, HeldAlert, Silence } from "../api/alertmanager.js";
import type { LabelRecord } from "../api/prometheus.js";
import { matchesSearch, searchTexts } from "../format/labels.js";

export type Suppression = "silenced" | "inhibited" | "muted";

/** Why no notification goes out, strongest first; `undefined` when notifications do go out. */
export function suppressionOf({ status }: HeldAlert): Suppression | undefined {
  if (status.silencedBy.length > 0) return "silenced";
  if (status.inhibitedBy.length > 0) return "inhibited";
  if ((status.mutedBy ?? []).length > 0) return "muted";
  return undefined;
}

/** All alerts of all groups, each once: an alert is in one group per receiver. */
export function heldAlerts(groups: readonly AlertGroup[]): Map<string, HeldAlert> {
  const alerts = new Map<string, HeldAlert>();
  for (const group of groups) for (const alert of group.alerts) alerts.set(alert.fingerprint, alert);
  return alerts;
}

/**
 * The held alert that a rule's alert became. Alertmanager's copy has the server's external labels besides, so it is
 * the one with all of the rule's labels and the fewest others.
 */
export function findHeldAlert(alerts: Iterable<HeldAlert>, labels: LabelRecord): HeldAlert | undefined {
  const wanted = Object.entries(labels).filter(([, value]) => value !== "");
  let found: HeldAlert | undefined;
  let foundSize = Number.POSITIVE_INFINITY;
  for (const alert of alerts) {
    if (!wanted.every(([name, value]) => alert.labels[name] === value)) continue;
    const size = Object.keys(alert.labels).length;
    if (size < foundSize) [found, foundSize] = [alert, size];
  }
  return found;
}

/** Labels whose values differ within the group: the ones to show per alert, as the group's own stand above. */
export function distinguishingLabels(alert: HeldAlert, group: AlertGroup): LabelRecord {
  const names = Object.keys(alert.labels).filter((name) => group.labels[name] === undefined);
  const isShared = (name: string): boolean =>
    group.alerts.length > 1 && group.alerts.every((other) => other.labels[name] === alert.labels[name]);
  return Object.fromEntries(names.filter((name) => !isShared(name)).map((name) => [name, alert.labels[name]!]));
}

export interface HeldFilter {
  search: string;
  receiver: string | undefined;
  state: "all" | "active" | "suppressed";
}

export function selectGroups(groups: readonly AlertGroup[], filter: HeldFilter): AlertGroup[] {
  return groups
    .filter((group) => filter.receiver === undefined || group.receiver.name === filter.receiver)
    .map((group) => ({ ...group, alerts: group.alerts.filter((alert) => isSelected(alert, filter)) }))
    .filter((group) => group.alerts.length > 0);
}

function isSelected(alert: HeldAlert, { search, state }: HeldFilter): boolean {
  const isSuppressed = suppressionOf(alert) !== undefined;
  if (state !== "all" && isSuppressed !== (state === "suppressed")) return false;
  return matchesSearch(search, [...searchTexts(alert.labels), ...Object.values(alert.annotations)]);
}

/** Groups under their receivers, receivers by name. */
export function groupsByReceiver(groups: readonly AlertGroup[]): [receiver: string, groups: AlertGroup[]][] {
  const receivers = new Map<string, AlertGroup[]>();
  for (const group of groups) {
    const list = receivers.get(group.receiver.name) ?? [];
    list.push(group);
    receivers.set(group.receiver.name, list);
  }
  return [...receivers].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** How many of `alerts` each silence keeps quiet, by silence id. */
export function countSilenced(alerts: Iterable<HeldAlert>): Map<Silence["id"], number> {
  const counts = new Map<string, number>();
  for (const alert of alerts) {
    for (const id of alert.status.silencedBy) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}
