import { SimClock } from "@narthex/stdx";
import { expect, test } from "vitest";
import { alertFrom } from "../testing/alerts.js";
import { type Alert, compareAlerts } from "./alert.js";
import { AlertStore } from "./store.js";

function storeAt(now: number, limits: { alertsMax?: number; alertsPerNameMax?: number } = {}) {
  const limited: string[] = [];
  const clock = new SimClock(now);
  const options = { alertsMax: 100, alertsPerNameMax: 0, ...limits };
  const store = new AlertStore({ clock, ...options, onLimited: (name) => limited.push(name) });
  return { store, clock, limited };
}

// Two reports of one alert at time 100; expects [startsAt, endsAt] of what is kept.
test.each([
  ["the later timeout wins", { endsAt: 150, isTimeout: true }, { endsAt: 200, isTimeout: true }, [0, 200]],
  ["a told end beats an earlier timeout", { endsAt: 250 }, { endsAt: 200, isTimeout: true }, [0, 250]],
  ["a timeout does not outlive a newer report", { endsAt: 250, isTimeout: true }, { endsAt: 200 }, [0, 200]],
  ["a resolved report ends the alert", { endsAt: 250 }, { endsAt: 90 }, [0, 90]],
  ["of two ends the later is kept", { endsAt: 95 }, { endsAt: 90 }, [0, 95]],
  ["the earliest start is kept", { endsAt: 200 }, { startsAt: 50, endsAt: 220 }, [0, 220]],
  ["a span that does not overlap replaces", { endsAt: 20 }, { startsAt: 50, endsAt: 220 }, [50, 220]],
] as [string, Partial<Alert>, Partial<Alert>, [number, number]][])("merge: %s", (_, first, second, expected) => {
  const { store } = storeAt(100);
  const labels = { alertname: "a" };
  store.put([alertFrom(labels, { updatedAt: 1, ...first }), alertFrom(labels, { updatedAt: 2, ...second })]);
  const [alert] = [...store.all()];
  expect([alert?.startsAt, alert?.endsAt]).toEqual(expected);
});

test("listeners hear of alerts that are there and that come", () => {
  const { store } = storeAt(0);
  const heard: string[] = [];
  store.put([alertFrom({ a: "1" })]);
  const end = store.subscribe((alert) => heard.push(alert.labels.join("=")));
  store.put([alertFrom({ a: "2" })]);
  end();
  store.put([alertFrom({ a: "3" })]);
  expect(heard).toEqual(["a=1", "a=2"]);
});

test("resolved alerts are collected", async () => {
  const { store, clock } = storeAt(0);
  store.put([alertFrom({ a: "1" }, { endsAt: 10 }), alertFrom({ a: "2" })]);
  await clock.advance(11);
  expect(store.collectGarbage().map((alert) => alert.labels[1])).toEqual(["1"]);
  expect(store.size).toBe(1);
});

test("limits refuse new alerts, not new reports of known ones", () => {
  const { store, limited } = storeAt(0, { alertsPerNameMax: 1, alertsMax: 2 });
  const named = (alertname: string, i: string) => alertFrom({ alertname, i });
  store.put([named("a", "1"), named("a", "1"), named("a", "2"), named("b", "1"), named("c", "1")]);
  expect(store.size).toBe(2);
  expect(limited).toEqual(["a", "c"]);
});

test("alerts sort by job, instance, then labels; present before absent", () => {
  const sorted = [{ x: "1" }, { job: "b" }, { job: "a", instance: "2" }, { job: "a", instance: "1" }, { job: "a" }]
    .map((labels) => alertFrom(labels as Record<string, string>))
    .sort(compareAlerts);
  expect(sorted.map((alert) => alert.labels.join(","))).toEqual([
    "instance,1,job,a",
    "instance,2,job,a",
    "job,a",
    "job,b",
    "x,1",
  ]);
});
