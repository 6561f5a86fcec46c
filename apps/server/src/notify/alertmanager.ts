// Which Alertmanagers there are: what discovery found, after relabelling. Goes to: notify/notifier, api/alertmanagers.
import { type Labels, labelsFrom, labelValue, type RelabelRule, relabel } from "@narthex/model";
import type { AlertmanagerConfig } from "../config/alerting.js";
import type { TargetGroup } from "../discovery/provider.js";

const alertsPathLabel = "__alerts_path__";

export type AlertmanagerTargets = {
  /** URLs that alerts are posted to; each once. */
  readonly active: readonly string[];
  readonly dropped: readonly string[];
};

export function alertmanagersFrom(
  groups: readonly TargetGroup[],
  config: AlertmanagerConfig,
  rules: readonly RelabelRule[],
): AlertmanagerTargets {
  const active = new Set<string>();
  const dropped = new Set<string>();
  const path = `/${config.path_prefix}/api/v2/alerts`.replace(/\/{2,}/g, "/");
  for (const group of groups) {
    for (const target of group.targets) {
      const defaults = { __scheme__: config.scheme, [alertsPathLabel]: path };
      const discovered = labelsFrom({ ...defaults, ...group.labels, ...target });
      const labels = relabel(discovered, rules);
      if (labels) active.add(urlOf(labels));
      else dropped.add(urlOf(discovered));
    }
  }
  return { active: [...active], dropped: [...dropped] };
}

function urlOf(labels: Labels): string {
  const path = labelValue(labels, alertsPathLabel);
  return `${labelValue(labels, "__scheme__")}://${labelValue(labels, "__address__")}${path}`;
}
