// Alerts in, notifications out, at which second. Group wait 10 s, interval 30 s, repeat 100 s unless said otherwise.
import { expect, test } from "vitest";
import { parseUtf8 } from "../matchers/utf8-parser.js";
import { type Simulated, type SimulatedRequest, simulate } from "../testing/pipeline.js";

const waits = "group_wait: 10s, group_interval: 30s, repeat_interval: 100s";
const simple = `route: {receiver: a, group_by: [g], ${waits}}\nreceivers: [{name: a}]`;

type Step = (here: Simulated) => void | Promise<void>;
const at = (seconds: number, step: Step): [number, Step] => [seconds, step];

/** Runs each step at its second, then on to `end`. */
async function run(request: SimulatedRequest, steps: [number, Step][], end: number): Promise<string[]> {
  const here = await simulate(request);
  let now = 0;
  for (const [seconds, step] of steps) {
    await here.advance(seconds - now);
    now = seconds;
    await step(here);
  }
  await here.advance(end - now);
  return here.told;
}

const long = 10_000;

test("a group waits, then notifies once until the repeat interval has passed", async () => {
  expect(await run({ config: simple }, [at(0, (s) => s.report("x", long))], 300)).toEqual([
    "10 a: x (first notification)",
    "130 a: x (repeat interval elapsed)",
    "250 a: x (repeat interval elapsed)",
  ]);
});

test("alerts that come while the group waits go together, later ones at the next interval", async () => {
  const steps = [
    at(0, (s) => s.report("x", long)),
    at(5, (s) => s.report("y", long)),
    at(11, (s) => s.report("z", long)),
  ];
  expect(await run({ config: simple }, steps, 60)).toEqual([
    "10 a: x y (first notification)",
    "40 a: x y z (new alerts in group)",
  ]);
});

test("a resolved alert is told at the next interval and then forgotten", async () => {
  const steps = [at(0, (s) => s.report("x", long)), at(20, (s) => s.report("x", 0))];
  expect(await run({ config: simple }, steps, 300)).toEqual([
    "10 a: x (first notification)",
    "40 a: -x (all alerts resolved)",
  ]);
});

test("one of two resolves", async () => {
  const steps = [at(0, (s) => s.report("x", long)), at(0, (s) => s.report("y", long)), at(20, (s) => s.report("x", 0))];
  expect(await run({ config: simple }, steps, 100)).toEqual([
    "10 a: x y (first notification)",
    "40 a: -x y (new resolved alerts)",
  ]);
});

test("an alert that nobody reports again times out", async () => {
  expect(await run({ config: simple }, [at(0, (s) => s.report("x", 50))], 200)).toEqual([
    "10 a: x (first notification)",
    "70 a: -x (all alerts resolved)",
  ]);
});

test("an alert that resolves before the first notification is never told", async () => {
  const steps = [at(0, (s) => s.report("x", long)), at(5, (s) => s.report("x", 0))];
  expect(await run({ config: simple }, steps, 100)).toEqual([]);
});

test("without send_resolved nothing is said of the end, and a new beginning is told again", async () => {
  const config = simple.replace("{name: a}", "{name: a, labels: {send_resolved: 'no'}}");
  const steps = [
    at(0, (s) => s.report("x", long)),
    at(20, (s) => s.report("x", 0)),
    at(60, (s) => s.report("x", long)),
  ];
  expect(await run({ config }, steps, 120)).toEqual(["10 a: x (first notification)", "70 a: x (new alerts in group)"]);
});

test("groups are told apart by their labels", async () => {
  const steps = [at(0, (s) => s.report("x", long, { g: "1" })), at(3, (s) => s.report("x", long, { g: "2" }))];
  expect(await run({ config: simple }, steps, 30)).toEqual([
    "10 a: x/1 (first notification)",
    "13 a: x/2 (first notification)",
  ]);
});

test("an alert that has waited elsewhere is told at once", async () => {
  const steps = [
    at(20, (s: Simulated) => {
      const now = s.clock.now();
      s.report("x", long);
      const [alert] = [...s.alerts.all()];
      if (alert) s.alerts.put([{ ...alert, startsAt: now - 15_000, updatedAt: now + 1 }]);
    }),
  ];
  expect(await run({ config: simple }, steps, 40)).toEqual(["20 a: x (first notification)"]);
});

test("routes: the first child that matches, further ones where it continues, the parent where none does", async () => {
  const config = `
route:
  receiver: root
  group_wait: 10s
  routes:
  - {receiver: b, matchers: [t=~"1|2"], continue: true, group_wait: 5s}
  - {receiver: c, matchers: [t="2"], routes: [{receiver: d, matchers: [u="1"]}]}
  - {receiver: e, matchers: [t="2"]}
receivers: [{name: root}, {name: b}, {name: c}, {name: d}, {name: e}]`;
  const steps = [
    at(0, (s) => s.report("x", long, { t: "1" })),
    at(0, (s) => s.report("x", long, { t: "2" })),
    at(0, (s) => s.report("x", long, { t: "2", u: "1" })),
    at(0, (s) => s.report("x", long, { t: "3" })),
  ];
  expect((await run({ config }, steps, 20)).map((line) => line.replace(/ \(.*/, "")).sort()).toEqual([
    "10 c: x/2",
    "10 d: x/2/1",
    "10 root: x/3",
    "5 b: x/1 x/2 x/2/1",
  ]);
});

test("a failing receiver is asked again, with growing pauses, and told once", async () => {
  const request = { config: simple, failures: ["retry", "retry"] as ("retry" | "final")[] };
  const told = await run(request, [at(0, (s) => s.report("x", long))], 60);
  expect(told.map((line) => line.replace(/^(\d+)\.\d+/, "$1"))).toEqual([
    "10 a: retry x (first notification)",
    "10 a: retry x (first notification)",
    "10 a: x (first notification)",
  ]);
});

test("a receiver that refuses is asked again at the next interval only", async () => {
  const request = { config: simple, failures: ["final"] as ("retry" | "final")[] };
  expect(await run(request, [at(0, (s) => s.report("x", long))], 80)).toEqual([
    "10 a: final x (first notification)",
    "40 a: x (first notification)",
  ]);
});

test("retries end with the flush, after the group interval", async () => {
  const request = { config: simple, failures: Array<"retry">(100).fill("retry") };
  const told = await run(request, [at(0, (s) => s.report("x", long))], 39);
  const seconds = told.map((line) => Number(line.split(" ")[0]));
  expect(seconds.length).toBeGreaterThan(5);
  expect(seconds.length).toBeLessThan(15);
});

function silence(s: Simulated, seconds: number): string {
  const now = s.clock.now();
  return s.silences.set({
    id: "",
    createdBy: "",
    comment: "",
    annotations: {},
    matcherSets: [parseUtf8("alertname=x")],
    startsAt: now,
    endsAt: now + seconds * 1000,
  });
}

test("a silence stops notifications, and what it hid is told when it ends", async () => {
  const steps = [
    at(0, (s) => void silence(s, 50)),
    at(1, (s) => s.report("x", long)),
    at(1, (s) => s.report("y", long)),
  ];
  expect(await run({ config: simple }, steps, 80)).toEqual([
    "11 a: y (first notification)",
    "71 a: x y (new alerts in group)",
  ]);
});

test("an alert that resolves under a silence is told resolved when the silence ends", async () => {
  const steps = [
    at(0, (s) => s.report("x", long)),
    at(15, (s) => void silence(s, 40)),
    at(20, (s) => s.report("x", 0)),
  ];
  // Alertmanager drops silenced resolved alerts with the flush that passes, so nothing follows.
  expect(await run({ config: simple }, steps, 120)).toEqual(["10 a: x (first notification)"]);
});

test("an inhibited alert is told when its source is over", async () => {
  const config = `${simple}\ninhibit_rules: [{source_matchers: [alertname="s"], target_matchers: [alertname="t"]}]`;
  const steps = [at(0, (s) => s.report("s", 30)), at(1, (s) => s.report("t", long))];
  expect(await run({ config }, steps, 80)).toEqual([
    "10 a: s (first notification)",
    "40 a: -s t (new alerts in group)",
  ]);
});

const daySeconds = 86_400;

test("mute times hold notifications back, active times let them through", async () => {
  const config = `
route:
  receiver: root
  routes:
  - {receiver: muted, matchers: [r="m"], ${waits}, mute_time_intervals: [first]}
  - {receiver: active, matchers: [r="a"], ${waits}, active_time_intervals: [first]}
receivers: [{name: root}, {name: muted}, {name: active}]
time_intervals:
- {name: first, time_intervals: [{times: [{start_time: "00:00", end_time: "00:01"}]}]}`;
  const steps = [at(0, (s) => s.report("x", long, { r: "m" })), at(0, (s) => s.report("x", long, { r: "a" }))];
  expect(await run({ config, start: 20_000 * daySeconds }, steps, 200)).toEqual([
    "10 active: x/a (first notification)",
    "70 muted: x/m (first notification)",
    "190 muted: x/m (repeat interval elapsed)",
  ]);
});

test("after a kill nobody is told twice, and an end that came meanwhile is told", async () => {
  const steps = [
    at(0, (s) => s.report("x", long)),
    at(0, (s) => s.report("y", long)),
    // The log is on the disk a second after.
    at(15, (s) => s.restart()),
    at(20, (s) => s.report("x", long)),
    at(20, (s) => s.report("y", 0)),
    at(35, (s) => s.report("x", 0)),
  ];
  expect(await run({ config: simple }, steps, 120)).toEqual([
    "10 a: x y (first notification)",
    "30 a: x -y (new resolved alerts)",
    "60 a: -x (all alerts resolved)",
  ]);
});

test("alerts of groups beyond the bound are refused", async () => {
  const steps = Array.from({ length: 120 }, (_, i) => at(0, (s) => s.report("x", long, { g: String(i) })));
  expect(await run({ config: simple }, steps, 15)).toHaveLength(100);
});
