// Evaluates rule groups over stored data and tells the alerts that they would have raised.
// Comes from: `narthex tool rules backtest`. A rule is evaluated over many ticks at once where the order of rules allows it,
// else tick by tick; both give what the rule manager would have given.
import type { Queryable } from "@narthex/model";
import { Engine, type EngineOptions, MemoryStorage, type QueryResult } from "@narthex/promql";
import type { Logger } from "@narthex/service";
import type { RuleGroupConfig } from "../rules/config.js";
import { writtenNames } from "../rules/reads.js";
import type { AlertEpisode } from "./episodes.js";
import { orderOf } from "./order.js";
import { type BacktestQuery, BacktestRule, localQuery, rangeTicksMax, type Ticks } from "./rule.js";
import { backtestQueryable } from "./storage.js";

export type BacktestRequest = {
  readonly groups: readonly RuleGroupConfig[];
  /** First and last tick, in ms. */
  readonly start: number;
  readonly end: number;
  /** Of groups that say none. */
  readonly intervalMs: number;
  readonly data: Queryable;
  /** Evaluates rules that read stored data alone, in place of `data`, such as on a server. */
  readonly remote?: (query: string, ticks: Ticks) => Promise<QueryResult>;
  readonly engine?: EngineOptions;
  readonly externalLabels?: Readonly<Record<string, string>>;
  readonly externalUrl?: string;
  readonly logger: Logger;
};

export type BacktestReport = {
  /** In order of the time when they began. */
  readonly alerts: readonly AlertEpisode[];
  readonly errors: readonly { readonly group: string; readonly rule: string; readonly text: string }[];
  readonly alertingRules: number;
  /** Evaluations of rules. */
  readonly evaluations: number;
};

type BacktestGroup = {
  readonly config: RuleGroupConfig;
  readonly intervalMs: number;
  readonly rules: readonly BacktestRule[];
};

export async function runBacktest(request: BacktestRequest): Promise<BacktestReport> {
  const order = orderOf(request.groups);
  const alerts: AlertEpisode[] = [];
  const groups = openGroups(request, { ...order, alerts });
  let evaluations = 0;
  for (const { group, ticks } of order.isByTime ? singleTicks(groups, request) : tickRanges(groups, request)) {
    for (const rule of group.rules) await rule.evaluate(ticks);
    evaluations += group.rules.length * (Math.floor((ticks.end - ticks.start) / ticks.step) + 1);
  }
  const rules = groups.flatMap((group) => group.rules.map((rule) => ({ group: group.config.name, rule })));
  return {
    alerts: alerts.sort((a, b) => a.activeAt - b.activeAt),
    errors: rules.flatMap(({ group, rule }) =>
      [...rule.errors].map((text) => ({ group, rule: rule.config.name, text })),
    ),
    alertingRules: rules.filter(({ rule }) => rule.config.kind === "alerting").length,
    evaluations,
  };
}

type Opening = ReturnType<typeof orderOf> & { readonly alerts: AlertEpisode[] };

function openGroups(request: BacktestRequest, order: Opening): BacktestGroup[] {
  const { data, start, remote, logger, externalLabels = {}, externalUrl = "" } = request;
  const recorded = new MemoryStorage();
  const names = new Set(request.groups.flatMap(({ rules }) => rules.flatMap(writtenNames)));
  const engine = new Engine({ subqueryStepMs: request.intervalMs, ...request.engine });
  const local = localQuery(engine, backtestQueryable({ stored: data, recorded, names, start }));
  const query: BacktestQuery = remote ? remoteQuery(remote, local, order) : local;
  return order.groups.map((config) => {
    const { name, limit, queryOffsetMs = 0 } = config;
    const options = { query, recorded, externalLabels, externalUrl, logger, episodes: order.alerts };
    const rules = config.rules.map(
      (rule) =>
        new BacktestRule(rule, {
          ...options,
          group: { name, limit, queryOffsetMs },
          isRead: writtenNames(rule).some(order.isRead),
          aheadUntil: order.readsRecorded(rule) ? undefined : request.end,
        }),
    );
    return { config, intervalMs: config.intervalMs ?? request.intervalMs, rules };
  });
}

type GroupTicks = { readonly group: BacktestGroup; readonly ticks: Ticks };

/** Every group through a stretch of time, then through the next. */
function* tickRanges(groups: readonly BacktestGroup[], { start, end }: BacktestRequest): Generator<GroupTicks> {
  const stretchMs = rangeTicksMax * Math.min(...groups.map(({ intervalMs }) => intervalMs));
  for (let from = start; from <= end; from += stretchMs) {
    const until = Math.min(from + stretchMs - 1, end);
    for (const group of groups) {
      const step = group.intervalMs;
      const first = start + Math.ceil((from - start) / step) * step;
      if (first > until) continue;
      yield { group, ticks: { start: first, end: first + Math.floor((until - first) / step) * step, step } };
    }
  }
}

/** Every tick of every group in order of time. */
function* singleTicks(groups: readonly BacktestGroup[], { start, end }: BacktestRequest): Generator<GroupTicks> {
  const next = groups.map(() => start);
  for (;;) {
    const time = Math.min(...next);
    if (time > end) return;
    for (const [i, group] of groups.entries()) {
      if (next[i] !== time) continue;
      next[i] = time + group.intervalMs;
      yield { group, ticks: { start: time, end: time, step: group.intervalMs } };
    }
  }
}

/** Asks the remote for what reads stored data alone; what reads recorded series is evaluated here, where these are. */
function remoteQuery(
  remote: (query: string, ticks: Ticks) => Promise<QueryResult>,
  local: BacktestQuery,
  { groups, readsRecorded }: Opening,
): BacktestQuery {
  const all = groups.flatMap(({ rules }) => rules);
  return {
    range: (rule, ticks) => (readsRecorded(rule) ? local.range(rule, ticks) : remote(rule.query, ticks)),
    async instant(expression, time) {
      const rule = all.find((one) => one.expression === expression);
      if (!rule || readsRecorded(rule)) return local.instant(expression, time);
      const { value, ...rest } = await remote(rule.query, { start: time, end: time, step: 1000 });
      const series = value.type === "matrix" ? value.series : [];
      const points = series.flatMap(({ labels, count, t, v }) => (count > 0 ? [{ labels, t: t[0]!, v: v[0]! }] : []));
      return { ...rest, value: { type: "vector", points } };
    },
  };
}
