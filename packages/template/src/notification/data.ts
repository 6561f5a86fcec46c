// What notification templates are given: Alertmanager's Data, Alerts, Alert, KV and Pairs, with their methods.
// Comes from: alertmanager dispatch. Goes to: execute, as dot.
import { compareUtf8 } from "@narthex/stdx";
import { timeFromMs, zeroTime } from "../time/time.js";
import {
  type GoType,
  type ListValue,
  listOf,
  type MapValue,
  type MethodTable,
  mapOf,
  type StructValue,
  structOf,
  type TemplateFunction,
  type TimeValue,
  type Value,
} from "../value/value.js";

type LabelRecord = Readonly<Record<string, string>>;

export interface NotificationAlert {
  readonly status: "firing" | "resolved";
  readonly labels: LabelRecord;
  readonly annotations: LabelRecord;
  /** Undefined is Go's zero time. */
  readonly startsAtMs: number | undefined;
  readonly endsAtMs: number | undefined;
  readonly generatorUrl: string;
  readonly fingerprint: string;
}

export interface NotificationData {
  /** Alertmanager gives the name quoted for a regular expression. */
  readonly receiver: string;
  readonly status: "firing" | "resolved";
  readonly alerts: readonly NotificationAlert[];
  readonly groupLabels: LabelRecord;
  readonly commonLabels: LabelRecord;
  readonly commonAnnotations: LabelRecord;
  readonly externalUrl: string;
  readonly routeLabels?: LabelRecord;
  readonly notificationReason?: string;
}

function method(call: (receiver: Value) => Value): TemplateFunction {
  return { params: [], call: ([receiver]) => call(receiver) };
}

function textsOf(list: Value): readonly string[] {
  return (list as ListValue).items as readonly string[];
}

const stringsType: GoType = {
  name: "template.Strings",
  underlying: "[]string",
  methods: new Map<string, TemplateFunction>([
    ["Join", { params: ["string"], call: ([list, separator]) => textsOf(list).join(separator as string) }],
  ]),
};

const pairType: GoType = { name: "template.Pair" };

function pairFields(pairs: Value, field: "Name" | "Value"): ListValue {
  const items = (pairs as ListValue).items.map((pair) => (pair as StructValue).fields.get(field));
  return listOf(items, stringsType);
}

function printPairs(pairs: Value): string {
  const fields = (pairs as ListValue).items.map((pair) => (pair as StructValue).fields);
  return fields.map((pair) => `${pair.get("Name") as string}=${pair.get("Value") as string}`).join(", ");
}

const pairsMethods: MethodTable = new Map([
  ["Names", method((pairs) => pairFields(pairs, "Name"))],
  ["Values", method((pairs) => pairFields(pairs, "Value"))],
  ["String", method(printPairs)],
]);

const pairsType: GoType = { name: "template.Pairs", print: printPairs, methods: pairsMethods };

/** alertname first, the others by name. */
function sortedPairs(kv: Value): ListValue {
  const { entries } = kv as MapValue;
  const names = [...entries.keys()].sort((a, b) => {
    if (a === "alertname" || b === "alertname") return a === b ? 0 : a === "alertname" ? -1 : 1;
    return compareUtf8(a, b);
  });
  const pairs = names.map((name) =>
    structOf(pairType, [
      ["Name", name],
      ["Value", entries.get(name)],
    ]),
  );
  return listOf(pairs, pairsType);
}

function removeNames(kv: Value, names: Value): MapValue {
  const removed = new Set((names as ListValue | null)?.items ?? []);
  return mapOf(
    [...(kv as MapValue).entries].filter(([name]) => !removed.has(name)),
    kvType,
  );
}

const kvMethods: MethodTable = new Map<string, TemplateFunction>([
  ["SortedPairs", method(sortedPairs)],
  ["Names", method((kv) => pairFields(sortedPairs(kv), "Name"))],
  ["Values", method((kv) => pairFields(sortedPairs(kv), "Value"))],
  ["String", method((kv) => printPairs(sortedPairs(kv)))],
  ["Remove", { params: ["[]string"], call: ([kv, names]) => removeNames(kv, names) }],
]);

const kvType: GoType = {
  name: "template.KV",
  underlying: "map[string]string",
  zero: "",
  // Alertmanager 0.25 still printed these as map[a:b].
  print: (kv) => printPairs(sortedPairs(kv)),
  methods: kvMethods,
};

export function kvOf(labels: LabelRecord): MapValue {
  return mapOf(Object.entries(labels), kvType);
}

function withStatus(status: string): TemplateFunction {
  return method((alerts) => {
    const { items } = alerts as ListValue;
    return listOf(
      items.filter((alert) => (alert as StructValue).fields.get("Status") === status),
      alertsType,
    );
  });
}

const alertsType: GoType = {
  name: "template.Alerts",
  underlying: "[]template.Alert",
  methods: new Map([
    ["Firing", withStatus("firing")],
    ["Resolved", withStatus("resolved")],
  ]),
};

/** JSON names of fields that begin with a small letter there and are otherwise the same. */
function jsonNames(...names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name) => [name, (name[0] as string).toLowerCase() + name.slice(1)]));
}

const alertType: GoType = {
  name: "template.Alert",
  jsonNames: jsonNames("Status", "Labels", "Annotations", "StartsAt", "EndsAt", "GeneratorURL", "Fingerprint"),
};

function timeValue(ms: number | undefined): TimeValue {
  return ms === undefined ? zeroTime() : timeFromMs(ms);
}

function alertValue(alert: NotificationAlert): StructValue {
  return structOf(alertType, [
    ["Status", alert.status],
    ["Labels", kvOf(alert.labels)],
    ["Annotations", kvOf(alert.annotations)],
    ["StartsAt", timeValue(alert.startsAtMs)],
    ["EndsAt", timeValue(alert.endsAtMs)],
    ["GeneratorURL", alert.generatorUrl],
    ["Fingerprint", alert.fingerprint],
  ]);
}

const dataType: GoType = {
  name: "*template.Data",
  isPointer: true,
  jsonNames: jsonNames(
    "Receiver",
    "Status",
    "Alerts",
    "GroupLabels",
    "CommonLabels",
    "CommonAnnotations",
    "ExternalURL",
    "RouteLabels",
    "NotificationReason",
  ),
};

export function notificationValue(data: NotificationData): StructValue {
  return structOf(dataType, [
    ["Receiver", data.receiver],
    ["Status", data.status],
    ["Alerts", listOf(data.alerts.map(alertValue), alertsType)],
    ["GroupLabels", kvOf(data.groupLabels)],
    ["CommonLabels", kvOf(data.commonLabels)],
    ["CommonAnnotations", kvOf(data.commonAnnotations)],
    ["ExternalURL", data.externalUrl],
    ["RouteLabels", kvOf(data.routeLabels ?? {})],
    ["NotificationReason", data.notificationReason ?? ""],
  ]);
}
