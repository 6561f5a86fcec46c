// One rule over many ticks: its expression is evaluated over all of them at once where that means the same, its alerts
// move tick by tick. Comes from: backtest/run. Goes to: the backtest's own storage, backtest/episodes.
import type { Labels } from "@narthex/model";
import { type Engine, noQueryStats, type QueryResult, type VectorPoint } from "@narthex/promql";
import { errorText, type Logger } from "@narthex/service";
import { AlertingRule } from "../rules/alerting.js";
import type { RuleConfig } from "../rules/config.js";
import { RecordingRule } from "../rules/recording.js";
import type { Rule, RuleEvaluation, RuleQuery } from "../rules/rule.js";
import { seriesByKey, storeSamples, vanishedSeries } from "../rules/storing.js";
import { type AlertEpisode, Episodes } from "./episodes.js";
import { isSameInRange } from "./order.js";
import type { BacktestData } from "./storage.js";

/** Times of evaluation in ms, `step` apart. */
export type Ticks = { readonly start: number; readonly end: number; readonly step: number };

/** Evaluates an expression at all ticks, or at one time. */
export type BacktestQuery = {
  readonly range: (expression: RuleConfig, ticks: Ticks) => Promise<QueryResult>;
  readonly instant: RuleQuery;
};

export type BacktestRuleOptions = {
  readonly group: { readonly name: string; readonly limit: number; readonly queryOffsetMs: number };
  readonly query: BacktestQuery;
  readonly recorded: BacktestData["recorded"];
  /** Whether somebody reads what the rule stores. */
  readonly isRead: boolean;
  /** Last tick up to which a single one may be evaluated together with those behind it; undefined: none may. */
  readonly aheadUntil: number | undefined;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
  readonly logger: Logger;
  readonly episodes: AlertEpisode[];
};

type Ahead = { readonly start: number; readonly end: number; readonly points: Map<number, VectorPoint[]> | undefined };

/** Ticks of one evaluation over a range: what it gives is held until the alerts have moved through it. */
export const rangeTicksMax = 240;

export class BacktestRule {
  readonly config: RuleConfig;
  /** What went wrong, each text once. */
  readonly errors: Set<string> = new Set();
  readonly #options: BacktestRuleOptions;
  readonly #rule: Rule;
  readonly #episodes: Episodes | undefined;
  readonly #isSameInRange: boolean;
  /** What was evaluated last, from tick to tick. */
  #ahead: Ahead = { start: 0, end: -1, points: undefined };
  /** Series of the last tick. */
  #series = new Map<string, Labels>();

  constructor(config: RuleConfig, options: BacktestRuleOptions) {
    this.config = config;
    this.#options = options;
    this.#isSameInRange = isSameInRange(config.expression);
    if (config.kind === "recording") {
      this.#rule = new RecordingRule(config);
      return;
    }
    const rule = new AlertingRule(config);
    // There is no earlier run to restore from.
    rule.isRestored = true;
    this.#rule = rule;
    this.#episodes = new Episodes(options.group.name, rule, options.episodes);
  }

  async evaluate(ticks: Ticks): Promise<void> {
    const vectors = await this.#vectors(ticks);
    for (let time = ticks.start; time <= ticks.end; time += ticks.step) {
      const result = vectors?.get(time - this.#options.group.queryOffsetMs);
      if (vectors && !result && this.#isIdle()) continue;
      await this.#tick(time, vectors && (result ?? []));
    }
  }

  #isIdle(): boolean {
    return this.#series.size === 0 && (!(this.#rule instanceof AlertingRule) || this.#rule.alerts.size === 0);
  }

  /** Points by time; undefined where each tick must be asked for itself. */
  async #vectors({ start, end, step }: Ticks): Promise<Map<number, VectorPoint[]> | undefined> {
    const { query, group, aheadUntil } = this.#options;
    const isSingle = start === end;
    if (!this.#isSameInRange || (isSingle && aheadUntil === undefined)) return undefined;
    if (start >= this.#ahead.start && end <= this.#ahead.end) return this.#ahead.points;
    const until = isSingle && aheadUntil !== undefined ? Math.min(start + (rangeTicksMax - 1) * step, aheadUntil) : end;
    const offset = group.queryOffsetMs;
    const ticks = { start: start - offset, end: until - offset, step };
    this.#ahead = { start, end: until, points: await this.#pointsOf(() => query.range(this.config, ticks)) };
    return this.#ahead.points;
  }

  async #pointsOf(ask: () => Promise<QueryResult>): Promise<Map<number, VectorPoint[]> | undefined> {
    try {
      return pointsByTime(await ask());
    } catch {
      // An error of one tick would be an error of all: the ticks tell which ones have it.
      return undefined;
    }
  }

  async #tick(time: number, points: readonly VectorPoint[] | undefined): Promise<void> {
    const { group, recorded, logger, isRead } = this.#options;
    try {
      const samples = await this.#rule.evaluate(this.#evaluationAt(time, points));
      const series = seriesByKey(samples);
      const before = this.#series;
      this.#series = series;
      if (isRead) {
        const vanished = vanishedSeries(before, series);
        storeSamples({ appendable: recorded, logger, time: time - group.queryOffsetMs, samples, vanished });
      }
    } catch (error) {
      this.errors.add(errorText(error));
    }
    this.#episodes?.note(time);
  }

  #evaluationAt(time: number, points: readonly VectorPoint[] | undefined): RuleEvaluation {
    const { group, query, externalLabels, externalUrl } = this.#options;
    const known: RuleQuery = async (expression, at) =>
      points && expression === this.config.expression ? vectorResult(points) : query.instant(expression, at);
    return { time, queryOffsetMs: group.queryOffsetMs, limit: group.limit, query: known, externalLabels, externalUrl };
  }
}

function pointsByTime({ value }: QueryResult): Map<number, VectorPoint[]> {
  const points = new Map<number, VectorPoint[]>();
  if (value.type !== "matrix") return points;
  for (const { labels, count, t, v, h } of value.series) {
    for (let i = 0; i < count; i++) {
      const time = t[i]!;
      const histogram = h?.[i];
      const point = { labels, t: time, v: v[i]!, ...(histogram ? { h: histogram } : {}) };
      const others = points.get(time);
      if (others) others.push(point);
      else points.set(time, [point]);
    }
  }
  return points;
}

function vectorResult(points: readonly VectorPoint[]): QueryResult {
  return { value: { type: "vector", points: [...points] }, warnings: [], infos: [], stats: noQueryStats };
}

/** Evaluates here, over stored and recorded data. */
export function localQuery(engine: Engine, queryable: Parameters<Engine["instant"]>[0]["queryable"]): BacktestQuery {
  return {
    range: async ({ expression }, { start, end, step }) => engine.range({ expression, queryable, start, end, step }),
    instant: async (expression, time) => engine.instant({ expression, queryable, time }),
  };
}
