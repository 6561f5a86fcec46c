// Config → YAML, with what was left out filled in and secrets masked: /api/v2/status, `amtool config show`.
// The output loads again, here and in Alertmanager; fields with nothing to say are left out, as there.
import { printDuration } from "@narthex/model";
import { printYaml } from "@narthex/service";
import { printMatcher } from "../matchers/printer.js";
import type { Config, NamedIntervals } from "./config.js";
import type { InhibitRuleConfig } from "./inhibit.js";
import type { ReceiverConfig } from "./receiver.js";
import type { RouteConfig } from "./route.js";

export function printConfig(config: Config): string {
  return printYaml({
    global: trim(config.global),
    route: routeRecord(config.route),
    ...list("inhibit_rules", config.inhibitRules.map(inhibitRecord)),
    ...list("receivers", config.receivers.map(receiverRecord)),
    ...list("mute_time_intervals", config.muteTimeIntervals.map(intervalRecord)),
    ...list("time_intervals", config.timeIntervals.map(intervalRecord)),
    templates: config.templates,
  });
}

const durationKeys = new Set(["resolve_timeout", "timeout"]);
const keptWhenFalse = new Set([
  "send_resolved",
  "follow_redirects",
  "enable_http2",
  "require_tls",
  "smtp_require_tls",
  "insecure_skip_verify",
]);

function trim(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(trim);
  if (typeof value !== "object" || value === null || "toJSON" in value) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => !isEmpty(inner) && (inner !== false || keptWhenFalse.has(key)))
      .map(([key, inner]) => [key, durationKeys.has(key) ? printDuration(inner as number) : trim(inner)]),
  );
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isPlainRecord(value) && Object.keys(value).length === 0;
}

function isPlainRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function list(name: string, items: readonly unknown[]): Record<string, unknown> {
  return items.length > 0 ? { [name]: items } : {};
}

function routeRecord(route: RouteConfig): Record<string, unknown> {
  const record = {
    receiver: route.receiver,
    matchers: route.matchers.map(printMatcher),
    labels: route.labels,
    mute_time_intervals: route.muteTimeIntervals,
    active_time_intervals: route.activeTimeIntervals,
  };
  return {
    ...(trim(record) as object),
    // An empty list overrides the parent's.
    ...(route.groupBy ? { group_by: route.groupBy } : {}),
    continue: route.isContinued,
    ...list("routes", route.routes.map(routeRecord)),
    ...duration("group_wait", route.groupWaitMs),
    ...duration("group_interval", route.groupIntervalMs),
    ...duration("repeat_interval", route.repeatIntervalMs),
  };
}

function duration(name: string, ms: number | undefined): Record<string, string> {
  return ms === undefined ? {} : { [name]: printDuration(ms) };
}

function inhibitRecord(rule: InhibitRuleConfig): unknown {
  return trim({
    name: rule.name,
    source_matchers: rule.sourceMatchers.map(printMatcher),
    target_matchers: rule.targetMatchers.map(printMatcher),
    equal: rule.equal,
  });
}

function receiverRecord(receiver: ReceiverConfig): Record<string, unknown> {
  const { name: _, ...labels } = receiver.labels;
  const record: Record<string, unknown> = { name: receiver.name, ...(trim({ labels }) as object) };
  for (const { kind, config } of receiver.integrations) {
    const key = `${kind}_configs`;
    record[key] = [...((record[key] as unknown[] | undefined) ?? []), trim(config)];
  }
  return record;
}

function intervalRecord(named: NamedIntervals): Record<string, unknown> {
  return { name: named.name, time_intervals: named.intervals };
}
