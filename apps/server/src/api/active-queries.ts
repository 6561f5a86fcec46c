// /api/v1/status/queries: the queries that wait or run, and how to stop one. Prometheus has no such endpoint.
import type { ActiveQueries } from "../query/active.js";
import { ApiError, data } from "./respond.js";
import { type Route, readRoute } from "./route.js";
import { timestamp } from "./time.js";

export type ActiveQueriesSource = {
  readonly active: ActiveQueries;
  /** As the queries' start was measured, ms. */
  readonly stopwatchMs: () => number;
};

export function activeQueriesRoutes({ active, stopwatchMs }: ActiveQueriesSource): Route[] {
  return [
    readRoute("/api/v1/status/queries", () =>
      data({
        queries: active.list().map((query) => ({
          id: query.id,
          query: query.expression,
          state: query.state,
          start: timestamp(query.startTime),
          elapsedSeconds: (stopwatchMs() - query.startedMs) / 1000,
          samplesRead: query.samplesRead(),
        })),
      }),
    ),
    {
      methods: ["DELETE"],
      path: "/api/v1/status/queries/:id",
      answer: ({ path }) => {
        if (!active.cancel(path["id"] ?? "")) throw new ApiError("not_found", `no query ${path["id"]} waits or runs`);
        return { kind: "empty" };
      },
    },
  ];
}
