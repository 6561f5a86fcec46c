import { expect, it } from "vitest";
import type { AlertGroup, HeldAlert } from "../api/alertmanager.js";
import {
  countSilenced,
  distinguishingLabels,
  findHeldAlert,
  groupsByReceiver,
  heldAlerts,
  selectGroups,
  suppressionOf,
} from "./held-list.js";

function held(labels: Record<string, string>, status: Partial<HeldAlert["status"]> = {}): HeldAlert {
  return {
    labels,
    annotations: {},
    startsAt: "",
    endsAt: "",
    updatedAt: "",
    receivers: [],
    fingerprint: JSON.stringify(labels),
    status: { state: "active", silencedBy: [], inhibitedBy: [], ...status },
  };
}

const down1 = held({ alertname: "Down", instance: "a", cluster: "x" }, { silencedBy: ["s1"] });
const down2 = held({ alertname: "Down", instance: "b", cluster: "x" }, { inhibitedBy: ["f"] });
const slow = held({ alertname: "Slow", instance: "a", cluster: "x" });
const groups: AlertGroup[] = [
  { labels: { alertname: "Down" }, receiver: { name: "ops" }, alerts: [down1, down2] },
  { labels: { alertname: "Slow" }, receiver: { name: "dev" }, alerts: [slow] },
  { labels: {}, receiver: { name: "dev" }, alerts: [down1] },
];

it("why an alert is quiet", () => {
  expect([down1, down2, slow, held({}, { mutedBy: ["weekend"] })].map(suppressionOf)).toEqual([
    "silenced",
    "inhibited",
    undefined,
    "muted",
  ]);
});

it("a rule's alert is found in spite of external labels, and the closest one wins", () => {
  const alerts = [...heldAlerts(groups).values(), held({ alertname: "Slow", instance: "a", cluster: "x", extra: "1" })];
  expect(findHeldAlert(alerts, { alertname: "Slow", instance: "a" })).toBe(slow);
  expect(findHeldAlert(alerts, { alertname: "Slow", instance: "z" })).toBeUndefined();
});

it("an alert in two groups is held once, and counted once by its silence", () => {
  const alerts = heldAlerts(groups);
  expect(alerts.size).toBe(3);
  expect(countSilenced(alerts.values())).toEqual(new Map([["s1", 1]]));
});

it("per alert only the labels that differ within its group are shown", () => {
  expect(distinguishingLabels(down1, groups[0]!)).toEqual({ instance: "a" });
  expect(distinguishingLabels(slow, groups[1]!)).toEqual({ instance: "a", cluster: "x" });
});

it("groups are selected and stand under their receivers", () => {
  const suppressed = selectGroups(groups, { search: "", receiver: undefined, state: "suppressed" });
  expect(groupsByReceiver(suppressed).map(([name, list]) => [name, list.length])).toEqual([
    ["dev", 1],
    ["ops", 1],
  ]);
  expect(selectGroups(groups, { search: "instance=b", receiver: "ops", state: "all" })[0]?.alerts).toEqual([down2]);
});
