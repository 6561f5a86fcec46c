// Rule groups in simulated time, over an in-memory storage that stands for tsdb.
import { Registry } from "@narthex/client";
import {
  type Appender,
  labelsFrom,
  labelsToRecord,
  matcherFrom,
  printLabels,
  type Queryable,
  SampleColumns,
} from "@narthex/model";
import { Engine, type Expression, MemoryStorage, type QueryResult } from "@narthex/promql";
import { createLogger } from "@narthex/service";
import { SimClock } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { Tracing } from "../tracing/tracing.js";
import { parseRuleFile } from "./config.js";
import type { GroupDefaults } from "./group.js";
import { RuleManager } from "./manager.js";
import { createRuleMetrics } from "./metrics.js";
import type { OutgoingAlert } from "./sending.js";

const minute = 60_000;
const start = 1_700_000_000_000;
const defaults: GroupDefaults = { intervalMs: minute, queryOffsetMs: 0, externalLabels: { cluster: "c" } };

type World = {
  readonly clock: SimClock;
  readonly registry: Registry;
  readonly storage: MemoryStorage;
  readonly sent: OutgoingAlert[];
  /** "minutes from→to value" of every change of an alert's state. */
  readonly transitions: string[];
  readonly manager: RuleManager;
  set(series: Record<string, string>, value: number): void;
  /** "name{labels} value" of every series that matches, "stale" for an ended one, at its last sample. */
  last(name: string): string[];
  load(rules: string, group?: string): Promise<void>;
  states(): string[];
};

type Query = (expression: string | Expression, time: number, storage: Queryable) => Promise<QueryResult>;

const engine = new Engine({});
const queryAtOnce: Query = async (expression, time, queryable) => engine.instant({ expression, time, queryable });

function world(storage: MemoryStorage = new MemoryStorage(), now: number = start, query = queryAtOnce): World {
  const clock = new SimClock(now);
  const sent: OutgoingAlert[] = [];
  const registry = new Registry();
  const transitions: string[] = [];
  const logger = createLogger({ level: "error", format: "logfmt" });
  const manager = new RuleManager({
    appendable: storage,
    queryable: storage,
    query: (expression, time) => query(expression, time, storage),
    send: (alerts) => sent.push(...alerts),
    record: (moves) =>
      transitions.push(...moves.map(({ from, to, value, time }) => `${(time - now) / minute} ${from}→${to} ${value}`)),
    clock,
    logger,
    tracing: new Tracing(logger),
    metrics: createRuleMetrics(registry),
    externalUrl: "http://narthex.example",
    outageToleranceMs: 60 * minute,
    gracePeriodMs: 2 * minute,
    resendDelayMs: minute,
  });
  return {
    clock,
    registry,
    storage,
    sent,
    transitions,
    manager,
    set: (series, value) => storage.append(labelsFrom(series), { t: clock.now(), value }),
    last: (name) => lastSamples(storage, name),
    load: (rules, group = "g") =>
      manager.update(parseRuleFile("r.yml", `groups:\n- name: ${group}\n  rules:\n${rules}`), defaults),
    states: () =>
      manager
        .alerts()
        .map((alert) => `${printLabels(alert.labels)} ${alert.state} ${alert.value}`)
        .sort(),
  };
}

/** Refuses batches as a disk without room does. */
class FullStorage extends MemoryStorage {
  isFull = false;

  override appender(): Appender {
    const appender = super.appender();
    const commit = appender.commit.bind(appender);
    appender.commit = () => {
      if (this.isFull) throw new Error("no space left on device");
      commit();
    };
    return appender;
  }
}

function lastSamples(storage: Queryable, name: string): string[] {
  const range = { start: 0, end: 2 * start };
  const sources = storage
    .querier(range)
    .select({ matchers: [matcherFrom("=", "__name__", name)], ...range, sorted: true });
  return sources.map((source) => {
    const columns = new SampleColumns();
    source.read(columns);
    const i = columns.count - 1;
    return `${printLabels(source.labels)} ${columns.isStaleAt(i) ? "stale" : columns.v[i]}`;
  });
}

const highRule = `
  - alert: High
    expr: load > 10
    for: 3m
    labels: {severity: page}
    annotations: {summary: "{{ $labels.host }} at {{ $value }} in {{ $externalLabels.cluster }}"}`;

describe("alerting rules", () => {
  it("go from inactive over pending and firing to resolved, and say so to the Alertmanager", async () => {
    const w = world();
    const feed = async (value: number, minutes: number): Promise<void> => {
      for (let i = 0; i < minutes; i++) {
        w.set({ __name__: "load", host: "a" }, value);
        await w.clock.advance(minute);
      }
    };
    await w.load(highRule);
    await feed(5, 2);
    expect(w.states()).toEqual([]);
    await feed(20, 1);
    expect(w.states()).toEqual(['{alertname="High", host="a", severity="page"} pending 20']);
    expect(w.last("ALERTS")).toEqual(['ALERTS{alertname="High", alertstate="pending", host="a", severity="page"} 1']);
    expect(w.sent).toEqual([]);
    await feed(21, 3);
    expect(w.states()).toEqual(['{alertname="High", host="a", severity="page"} firing 21']);
    expect(w.last("ALERTS")).toEqual([
      'ALERTS{alertname="High", alertstate="firing", host="a", severity="page"} 1',
      'ALERTS{alertname="High", alertstate="pending", host="a", severity="page"} stale',
    ]);
    const [first] = w.sent;
    expect(labelsToRecord((first as OutgoingAlert).annotations)).toEqual({ summary: "a at 21 in c" });
    expect(first?.generatorUrl).toBe("http://narthex.example/graph?g0.expr=load+%3E+10&g0.tab=1");
    expect(first?.endsAt).toBeGreaterThan(w.clock.now());
    w.sent.length = 0;
    await feed(5, 1);
    expect(w.states()).toEqual([]);
    expect(w.sent).toHaveLength(1);
    expect(w.sent[0]?.endsAt).toBeLessThanOrEqual(w.clock.now());
    expect(w.last("ALERTS").every((line) => line.endsWith("stale"))).toBe(true);
    await w.manager.close();
  });

  it("go on when the clock is set back, with nothing that is later than now", async () => {
    const w = world();
    await w.load(highRule.replace("load > 10", "vector(1)"));
    await w.clock.advance(10 * minute);
    expect(w.states()).toEqual([expect.stringContaining("firing")]);
    w.clock.jump(-60 * minute);
    w.sent.length = 0;
    await w.clock.advance(3 * minute);
    expect(w.sent.length).toBeGreaterThanOrEqual(2);
    expect(w.sent.every(({ startsAt, endsAt }) => startsAt <= w.clock.now() && startsAt < endsAt)).toBe(true);
    expect(w.sent[0]?.endsAt).toBeLessThan(w.clock.now() + 10 * minute);
    await w.manager.close();
  });

  it("are told again while they fire, and for 15 minutes after they are resolved", async () => {
    const w = world();
    await w.load("  - {alert: High, expr: load > 10}");
    const told: string[] = [];
    for (let i = 0; i < 40; i++) {
      w.set({ __name__: "load" }, i < 6 ? 20 : 5);
      await w.clock.advance(minute);
      for (const { endsAt } of w.sent.splice(0)) told.push(`${i} ${endsAt > w.clock.now() ? "firing" : "resolved"}`);
    }
    // The delay of a minute must be past, and an evaluation a minute later is not past it.
    expect(told).toEqual([
      ...[0, 2, 4].map((i) => `${i} firing`),
      ...[6, 8, 10, 12, 14, 16, 18, 20].map((i) => `${i} resolved`),
    ]);
    await w.manager.close();
  });

  it("drop a pending alert whose expression no longer holds", async () => {
    const w = world();
    await w.load(highRule);
    for (const value of [20, 20, 5, 20, 20]) {
      w.set({ __name__: "load", host: "a" }, value);
      await w.clock.advance(minute);
    }
    expect(w.states()).toEqual(['{alertname="High", host="a", severity="page"} pending 20']);
    expect(w.sent).toEqual([]);
  });

  it("go on firing for keep_firing_for", async () => {
    const w = world();
    await w.load("  - {alert: High, expr: load > 10, keep_firing_for: 2m}");
    const seen: string[] = [];
    for (const value of [20, 5, 5, 5, 5]) {
      w.set({ __name__: "load" }, value);
      await w.clock.advance(minute);
      seen.push(w.states().length === 1 ? "firing" : "-");
    }
    expect(seen).toEqual(["firing", "firing", "firing", "-", "-"]);
  });

  it("take the state of before a restart, less the time away", async () => {
    const first = world();
    const rules = "  - {alert: High, expr: load > 10, for: 10m}";
    await first.load(rules);
    for (let i = 0; i < 5; i++) {
      first.set({ __name__: "load" }, 20);
      await first.clock.advance(minute);
    }
    await first.manager.close();
    const activeAt = first.manager.alerts()[0]?.activeAt as number;
    const second = world(first.storage, first.clock.now() + 20 * minute);
    await second.load(rules);
    for (let i = 0; i < 2; i++) {
      second.set({ __name__: "load" }, 20);
      await second.clock.advance(minute);
    }
    const [alert] = second.manager.alerts();
    expect(alert?.state).toBe("pending");
    const awayMs = (alert?.activeAt as number) - activeAt;
    expect(awayMs).toBeGreaterThan(19 * minute);
    expect(awayMs).toBeLessThan(22 * minute);
  });

  it("begin anew after a restart where the alert was over before it", async () => {
    const first = world();
    const rules = "  - {alert: High, expr: load > 10, for: 10m}";
    await first.load(rules);
    for (const value of [20, 20, 20, 5]) {
      first.set({ __name__: "load" }, value);
      await first.clock.advance(minute);
    }
    await first.manager.close();
    const second = world(first.storage, first.clock.now() + minute);
    await second.load(rules);
    for (let i = 0; i < 3; i++) {
      second.set({ __name__: "load" }, 20);
      await second.clock.advance(minute);
    }
    expect(second.manager.alerts()[0]?.activeAt).toBeGreaterThan(first.clock.now());
  });

  it("stop at their limit", async () => {
    const w = world();
    await w.manager.update(
      parseRuleFile("r.yml", "groups: [{name: g, limit: 1, rules: [{alert: A, expr: load > 0}]}]"),
      defaults,
    );
    w.set({ __name__: "load", host: "a" }, 1);
    w.set({ __name__: "load", host: "b" }, 1);
    await w.clock.advance(minute);
    expect(w.manager.groups[0]?.rules[0]?.status).toMatchObject({
      health: "err",
      lastError: "exceeded limit of 1 with 2 alerts",
    });
    expect(w.states()).toEqual([]);
  });
});

describe("changes of an alert's state", () => {
  const moves = async (rules: string, values: readonly number[]): Promise<string[]> => {
    const w = world();
    await w.load(rules);
    for (const value of values) {
      w.set({ __name__: "load" }, value);
      await w.clock.advance(minute);
    }
    return w.transitions.map((line) => line.replace(/^(\d+)\.?\d*/, "$1"));
  };

  it("are told with the value and the time", async () => {
    expect(await moves("  - {alert: A, expr: load > 10, for: 2m}", [20, 21, 22, 5, 30, 5])).toEqual([
      "0 inactive→pending 20",
      "2 pending→firing 22",
      "3 firing→inactive 22",
      "4 inactive→pending 30",
      "5 pending→inactive 30",
    ]);
  });

  it("skip pending where nothing is waited for", async () => {
    expect(await moves("  - {alert: A, expr: load > 10}", [20, 5])).toEqual([
      "0 inactive→firing 20",
      "1 firing→inactive 20",
    ]);
  });

  it("are told of alerts whose rule or group goes", async () => {
    const w = world();
    await w.load("  - {alert: A, expr: load > 10}\n  - {alert: B, expr: load > 10}");
    w.set({ __name__: "load" }, 20);
    await w.clock.advance(minute);
    w.transitions.length = 0;
    await w.load("  - {alert: A, expr: load > 10}");
    expect(w.transitions).toEqual([expect.stringContaining("firing→inactive 20")]);
    await w.load("  - {alert: C, expr: load > 99}", "other");
    expect(w.transitions).toHaveLength(2);
  });
});

describe("recording rules", () => {
  it("store the result under their name and end series that vanish", async () => {
    const w = world();
    await w.load("  - {record: 'load:doubled', expr: '2 * load > 10', labels: {kind: x}}");
    w.set({ __name__: "load", host: "a" }, 6);
    w.set({ __name__: "load", host: "b" }, 7);
    await w.clock.advance(minute);
    expect(w.last("load:doubled")).toEqual([
      'load:doubled{host="a", kind="x"} 12',
      'load:doubled{host="b", kind="x"} 14',
    ]);
    w.set({ __name__: "load", host: "a" }, 1);
    w.set({ __name__: "load", host: "b" }, 8);
    await w.clock.advance(minute);
    expect(w.last("load:doubled")).toEqual([
      'load:doubled{host="a", kind="x"} stale',
      'load:doubled{host="b", kind="x"} 16',
    ]);
  });

  it("are in error while the storage refuses their samples", async () => {
    const w = world();
    await w.load("  - {record: r, expr: load}\n  - {record: r, expr: load + 1}");
    w.set({ __name__: "load" }, 1);
    await w.clock.advance(minute);
    const statuses = w.manager.groups[0]?.rules.map(({ status }) => `${status.health} ${status.lastError}`);
    expect(statuses).toEqual(["ok ", "err duplicate sample for timestamp"]);
  });

  it("refuse results that become one series", async () => {
    const w = world();
    await w.load("  - {record: r, expr: load, labels: {host: same}}");
    w.set({ __name__: "load", host: "a" }, 6);
    w.set({ __name__: "load", host: "b" }, 7);
    await w.clock.advance(minute);
    expect(w.manager.groups[0]?.rules[0]?.status.lastError).toBe(
      "vector contains metrics with the same labelset after applying rule labels",
    );
  });
});

describe("a reload", () => {
  it("keeps the state of rules that stay, and ends the series of those that go", async () => {
    const w = world();
    const kept = "  - {alert: High, expr: load > 10, for: 10m}";
    await w.load(`${kept}\n  - {record: gone, expr: load}`);
    w.set({ __name__: "load" }, 20);
    await w.clock.advance(2 * minute);
    const activeAt = w.manager.alerts()[0]?.activeAt;
    await w.load(`${kept}\n  - {record: added, expr: load}`);
    await w.clock.advance(minute);
    expect(w.manager.alerts()[0]?.activeAt).toBe(activeAt);
    expect(w.last("gone")).toEqual(["gone stale"]);
    expect(w.last("added")).toEqual(["added 20"]);
  });

  it("ends the series of a group that goes after two intervals", async () => {
    const w = world();
    await w.load("  - {record: gone, expr: load}", "old");
    w.set({ __name__: "load" }, 20);
    await w.clock.advance(minute);
    await w.load("  - {record: other, expr: load}", "new");
    await w.clock.advance(minute);
    expect(w.last("gone")).toEqual(["gone 20"]);
    await w.clock.advance(minute);
    expect(w.last("gone")).toEqual(["gone stale"]);
  });

  it("ends nothing else where the storage takes no more", async () => {
    const storage = new FullStorage();
    const w = world(storage);
    await w.load("  - {record: gone, expr: load}\n  - {record: kept, expr: load}", "old");
    w.set({ __name__: "load" }, 20);
    await w.clock.advance(minute);
    await w.load("  - {record: kept, expr: load}", "old");
    storage.isFull = true;
    await w.clock.advance(minute);
    await w.load("  - {record: other, expr: load}", "new");
    await w.clock.advance(3 * minute);
    storage.isFull = false;
    w.set({ __name__: "load" }, 21);
    await w.clock.advance(minute);
    expect([...w.last("gone"), ...w.last("kept"), ...w.last("other")]).toEqual(["gone 20", "kept 20", "other 21"]);
  });
});

describe("groups", () => {
  it("look back by their query_offset, and store at the time they looked at", async () => {
    const w = world();
    const group = "groups: [{ name: g, query_offset: 90s, rules: [{ record: r, expr: 'time() + 0 * load' }] }]";
    await w.manager.update(parseRuleFile("r.yml", group), defaults);
    for (let i = 0; i < 5; i++) {
      w.set({ __name__: "load" }, 1);
      await w.clock.advance(minute);
    }
    const columns = new SampleColumns();
    const range = { start: 0, end: 2 * start };
    const [series] = w.storage.querier(range).select({ matchers: [matcherFrom("=", "__name__", "r")], ...range });
    series?.read(columns);
    const rows = Array.from({ length: columns.count }, (_, i) => [columns.t[i], (columns.v[i] as number) * 1000]);
    expect(rows.length).toBeGreaterThanOrEqual(3);
    for (const [t, v] of rows) expect(v).toBe(t);
    const newest = rows.at(-1)?.[0] as number;
    expect(w.clock.now() - newest).toBeGreaterThanOrEqual(90_000);
    expect(w.clock.now() - newest).toBeLessThan(90_000 + minute);
    await w.manager.close();
  });

  it("leave out the evaluations that they are too slow for, and count them", async () => {
    let finish = (): void => {};
    const slow: Query = (expression, time, storage) =>
      new Promise((resolve) => {
        finish = () => resolve(queryAtOnce(expression, time, storage));
      });
    const w = world(new MemoryStorage(), start, slow);
    await w.load("  - {record: r, expr: vector(1)}");
    for (const name of ["evaluation_failures", "group_iterations_missed"]) {
      expect(await w.registry.metrics()).toContain(`prometheus_rule_${name}_total{rule_group="r.yml;g"} 0`);
    }
    await w.clock.advance(minute);
    await w.clock.advance(3 * minute);
    finish();
    await w.clock.advance(minute);
    finish();
    await w.clock.advance(1);
    const metrics = await w.registry.metrics();
    expect(metrics).toContain('prometheus_rule_group_iterations_missed_total{rule_group="r.yml;g"} 2');
    const closed = w.manager.close();
    finish();
    await closed;
  });
});
