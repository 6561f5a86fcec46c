// GET /alerts and GET /alerts/groups.
import { labelEntries, labelsToRecord, type Matcher } from "@narthex/model";
import { compareUtf8 } from "@narthex/stdx";
import { type Alert, isResolved } from "../alerts/alert.js";
import type { AggregationGroup } from "../dispatch/group.js";
import { timeMute } from "../notify/time-mute.js";
import { type AlertStatus, alertJson, alertStatus, receiversOf } from "./alert-json.js";
import type { ApiContext } from "./context.js";
import { passesFilter, type Query } from "./query.js";

interface AlertFilter {
  readonly matchers: readonly Matcher[];
  readonly hasActive: boolean;
  readonly hasSilenced: boolean;
  readonly hasInhibited: boolean;
  readonly hasUnprocessed: boolean;
}

function alertFilter(context: ApiContext, query: Query): AlertFilter {
  return {
    matchers: query.matchers("filter", context.parseMatchers),
    hasActive: query.isIncluded("active"),
    hasSilenced: query.isIncluded("silenced"),
    hasInhibited: query.isIncluded("inhibited"),
    hasUnprocessed: query.isIncluded("unprocessed"),
  };
}

/** The alert's status where the filter lets it through. */
function passingStatus(context: ApiContext, alert: Alert, filter: AlertFilter): AlertStatus | undefined {
  if (isResolved(alert, context.clock.now())) return undefined;
  if (!passesFilter(filter.matchers, new Map(labelEntries(alert.labels)))) return undefined;
  const status = alertStatus(context, alert.labels);
  if (!filter.hasActive && status.state === "active") return undefined;
  if (!filter.hasUnprocessed && status.state === "unprocessed") return undefined;
  if (!filter.hasSilenced && status.silencedBy.length > 0) return undefined;
  if (!filter.hasInhibited && status.inhibitedBy.length > 0) return undefined;
  return status;
}

type ReceiverTest = (name: string) => boolean;

/** By the `receiver` pattern and the labels that receivers carry. */
function receiverTest(context: ApiContext, query: Query): ReceiverTest {
  const hasName = query.regex("receiver") ?? (() => true);
  const matchers = query.matchers("receiver_matchers", context.parseMatchers);
  const { receivers } = context.generation();
  return (name) => hasName(name) && passesFilter(matchers, new Map(Object.entries(receivers.get(name)?.labels ?? {})));
}

/** By fingerprint. */
export function listAlerts(context: ApiContext, query: Query): unknown[] {
  const filter = alertFilter(context, query);
  const isWanted = receiverTest(context, query);
  const alerts = [...context.alerts.all()].sort((a, b) => compareUtf8(a.fingerprint, b.fingerprint));
  return alerts.flatMap((alert) => {
    const receivers = receiversOf(context, alert);
    if (!receivers.some(isWanted)) return [];
    const status = passingStatus(context, alert, filter);
    return status ? [alertJson(alert, status, receivers)] : [];
  });
}

export function listGroups(context: ApiContext, query: Query): unknown[] {
  const filter = alertFilter(context, query);
  const isWanted = receiverTest(context, query);
  const hasMuted = query.isIncluded("muted");
  const groups = context.generation().dispatcher.groups();
  return groups
    .filter((group) => isWanted(group.route.receiver))
    .flatMap((group) => {
      const json = groupJson(context, group, filter);
      return json.alerts.length === 0 || (json.isMuted && !hasMuted) ? [] : [json.shown];
    });
}

interface GroupJson {
  readonly alerts: readonly unknown[];
  readonly isMuted: boolean;
  readonly shown: Record<string, unknown>;
}

function groupJson(context: ApiContext, group: AggregationGroup, filter: AlertFilter): GroupJson {
  const { intervals } = context.generation();
  const mutedBy = timeMute(group.route, intervals, context.clock.now())?.names ?? [];
  const passing = group.alerts().flatMap((alert) => {
    const status = passingStatus(context, alert, filter);
    return status ? [{ alert, status: { ...status, mutedBy } }] : [];
  });
  const alerts = passing.map(({ alert, status }) => alertJson(alert, status, receiversOf(context, alert)));
  const isMuted = mutedBy.length > 0 || passing.every(({ status }) => status.state === "suppressed");
  const { receiver, labels: routeLabels } = group.route;
  const shown = { alerts, labels: labelsToRecord(group.labels), routeLabels, receiver: { name: receiver } };
  return { alerts, isMuted, shown };
}
