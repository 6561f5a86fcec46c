// A backtest beside the rule manager in simulated time, on the same random data: the same alerts at the same times.
import { Registry } from "@narthex/client";
import { labelsFrom, labelsToRecord } from "@narthex/model";
import { Engine, MemoryStorage } from "@narthex/promql";
import { createLogger } from "@narthex/service";
import { randomFrom, SimClock } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { parseRuleFile, type RuleGroupConfig } from "../rules/config.js";
import { gridOffsetMs } from "../rules/group.js";
import { RuleManager } from "../rules/manager.js";
import { createRuleMetrics } from "../rules/metrics.js";
import { Tracing } from "../tracing/tracing.js";
import type { AlertEpisode } from "./episodes.js";
import { orderOf } from "./order.js";
import { runBacktest } from "./run.js";

const minute = 60_000;
const logger = createLogger({ level: "error", format: "logfmt" });

/** Three jobs whose `up` and `errors` come and go; gaps, and stale markers before some of them. */
function storedData(seed: number, { start, end }: { start: number; end: number }): MemoryStorage {
  const random = randomFrom(seed);
  const storage = new MemoryStorage();
  for (const job of ["a", "b", "c"]) {
    for (const name of ["up", "errors"]) {
      const labels = labelsFrom({ __name__: name, job });
      let isThere = true;
      for (let t = start - 30 * minute; t <= end; t += 15_000) {
        if (random() < 0.02) {
          if (isThere && random() < 0.5) storage.append(labels, { t, value: "stale" });
          isThere = !isThere;
        } else if (isThere)
          storage.append(labels, { t, value: name === "up" ? Math.round(random()) : Math.floor(random() * 20) });
      }
    }
  }
  return storage;
}

/** What the manager's alerts did. */
async function managed(
  groups: readonly RuleGroupConfig[],
  storage: MemoryStorage,
  span: { start: number; end: number },
): Promise<string[]> {
  const clock = new SimClock(span.start - 1);
  const engine = new Engine({});
  const seen: string[] = [];
  const manager = new RuleManager({
    appendable: storage,
    queryable: storage,
    query: async (expression, time) => engine.instant({ expression, time, queryable: storage }),
    send: () => {},
    record: (transitions) => {
      for (const { labels, to, time, activeAt } of transitions) {
        seen.push(`${JSON.stringify(labelsToRecord(labels))} active ${activeAt} ${to} ${time}`);
      }
    },
    clock,
    logger,
    tracing: new Tracing(logger),
    metrics: createRuleMetrics(new Registry()),
    externalUrl: "",
    outageToleranceMs: 0,
    gracePeriodMs: 0,
    resendDelayMs: minute,
  });
  await manager.update(groups, { intervalMs: minute, queryOffsetMs: 0, externalLabels: {} });
  for (const group of manager.groups) group.skipRestore();
  await clock.advance(1 + span.end - span.start);
  await manager.close();
  return seen.sort();
}

/** The same of a backtest's report. */
function reported(alerts: readonly AlertEpisode[]): string[] {
  const lines = alerts.flatMap(({ labels, activeAt, firedAt, endedAt }) => {
    const head = `${JSON.stringify(labels)} active ${activeAt}`;
    return [
      ...(firedAt === activeAt ? [] : [`${head} pending ${activeAt}`]),
      ...(firedAt === undefined ? [] : [`${head} firing ${firedAt}`]),
      ...(endedAt === undefined ? [] : [`${head} inactive ${endedAt}`]),
    ];
  });
  return lines.sort();
}

function rules(text: string): RuleGroupConfig[] {
  return parseRuleFile("r.yml", text);
}

const cases: Readonly<Record<string, { text: string; isByTime: boolean }>> = {
  "alerts alone": {
    isByTime: false,
    text: `groups: [{name: g, interval: 1m, rules: [
      {alert: Down, expr: up == 0, for: 2m, keep_firing_for: 3m},
      {alert: Now, expr: errors > 15},
      {alert: Gone, expr: 'absent(up{job="a"})', for: 1m}]}]`,
  },
  "recording rules that feed alerts": {
    isByTime: false,
    text: `groups: [{name: g, interval: 1m, rules: [
      {record: "job:errors", expr: "avg_over_time(errors[5m])"},
      {record: "all:errors", expr: "sum(job:errors)"},
      {alert: Many, expr: "job:errors > 10", for: 3m},
      {alert: Rising, expr: "all:errors > all:errors offset 5m", for: 2m},
      {alert: Both, expr: 'job:errors > 9 and up == 1', labels: {severity: '{{ if gt $value 12.0 }}high{{ else }}low{{ end }}'}}]}]`,
  },
  "a rule that reads its own past": {
    isByTime: true,
    text: `groups: [{name: g, interval: 1m, rules: [
      {record: total, expr: sum(errors) + (total or vector(0))},
      {alert: Total, expr: total > 500, for: 2m}]}]`,
  },
  "alerts on ALERTS": {
    isByTime: true,
    text: `groups: [{name: g, interval: 1m, rules: [
      {alert: Down, expr: up == 0, for: 1m},
      {alert: Meta, expr: 'count(ALERTS{alertstate="firing",alertname="Down"}) > 1'}]}]`,
  },
  "an expression that means another thing over a range": {
    isByTime: false,
    text: `groups: [{name: g, interval: 1m, rules: [{alert: End, expr: sum(errors @ end()) > 25, for: 1m}]}]`,
  },
};

describe("a backtest gives what the rule manager gives", () => {
  for (const [name, { text, isByTime }] of Object.entries(cases)) {
    it.each([1, 2])(`${name} (seed %i)`, async (seed) => {
      const groups = rules(text);
      const [{ interval = minute }] = [{ interval: groups[0]?.intervalMs }];
      const start = 1_700_000_040_000 + gridOffsetMs(groups[0] as RuleGroupConfig, interval);
      const span = { start, end: start + 120 * minute };
      expect(orderOf(groups).isByTime).toBe(isByTime);
      const report = await runBacktest({ groups, ...span, intervalMs: minute, data: storedData(seed, span), logger });
      expect(report.errors).toEqual([]);
      const expected = await managed(groups, storedData(seed, span), span);
      expect(expected.length).toBeGreaterThan(1);
      expect(reported(report.alerts)).toEqual(expected);
    });
  }
});

describe("runBacktest", () => {
  const span = { start: 1_700_000_040_000, end: 1_700_000_040_000 + 60 * minute };

  it("hides what was recorded under the names of its rules from its start on", async () => {
    const data = storedData(1, span);
    for (let t = span.start - 10 * minute; t <= span.end; t += minute)
      data.append(labelsFrom({ __name__: "r" }), { t, value: 100 });
    const groups = rules(
      "groups: [{name: g, rules: [{record: r, expr: vector(1)}, {alert: A, expr: 'max_over_time(r[5m]) == 1'}]}]",
    );
    const { alerts } = await runBacktest({ groups, ...span, intervalMs: minute, data, logger });
    // The last of the earlier samples stands a minute before the start and leaves the window after four.
    expect(alerts.map(({ firedAt }) => firedAt)).toEqual([span.start + 4 * minute]);
  });

  it("reads another group's records wherever that group stands, and tells rules that fail", async () => {
    const groups = rules(`groups: [
      {name: reader, rules: [{alert: A, expr: r == 1}, {alert: Bad, expr: "up + on () errors"}]},
      {name: writer, interval: 30s, rules: [{record: r, expr: vector(1)}]}]`);
    const report = await runBacktest({ groups, ...span, intervalMs: minute, data: storedData(1, span), logger });
    const found = report.alerts.filter(({ alert }) => alert === "A");
    expect(found).toMatchObject([{ activeAt: span.start, firedAt: span.start, endedAt: undefined }]);
    expect(report.errors[0]).toMatchObject({ group: "reader", rule: "Bad" });
    expect(report.errors[0]?.text).toContain("many-to-one matching must be explicit");
    expect(report.evaluations).toBe(2 * 61 + 121);
  });
});
