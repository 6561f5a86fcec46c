// Spans of a query, made when it has ended from what it took. Comes from: main, as queries end.
// Names are Prometheus' (util/stats/query_stats.go).
import type { EndedQuery } from "../query/log.js";
import type { Tracing } from "./tracing.js";

export function noteQuery(tracing: Tracing, { text, timings, error }: EndedQuery): void {
  if (!tracing.isOn) return;
  const end = Date.now();
  const evaluated = end - timings.evalMs;
  const start = evaluated - timings.queueMs;
  tracing.note({ name: "promqlExec", attributes: { query: text.slice(0, queryCharactersMax) }, start, end, error }, [
    { name: "promqlExecQueue", start, end: evaluated },
    { name: "promqlEval", start: evaluated, end },
  ]);
}

const queryCharactersMax = 4096;
