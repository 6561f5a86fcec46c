// /api/v1/status/*: what runs here and how.
import { availableParallelism, hostname } from "node:os";
import type { Tsdb } from "@narthex/tsdb";
import { prometheusVersion, version } from "../version.js";
import { badParameter, type Parameters } from "./parameters.js";
import { type Answer, ApiError, data } from "./respond.js";
import { earlyRoute, type Route, readRoute } from "./route.js";
import { timestamp } from "./time.js";

export type StatusSource = {
  readonly corruptions: () => number;
  readonly flags: Readonly<Record<string, string>>;
  readonly printedConfig: () => string;
  readonly reload: () => { readonly isSuccessful: boolean; readonly time: number };
  /** ms. */
  readonly startTime: number;
  readonly now: () => number;
  /** As text. */
  readonly retention: () => string;
  readonly features: () => Readonly<Record<string, Readonly<Record<string, boolean>>>>;
  readonly replaySegments: () => { readonly min: number; readonly max: number; readonly current: number };
};

/** Entries of each list of /api/v1/status/tsdb. */
const cardinalityLimitMax = 10_000;

export function statusRoutes(source: StatusSource): Route[] {
  return [
    readRoute("/api/v1/status/config", () => data({ yaml: source.printedConfig() })),
    readRoute("/api/v1/status/flags", () => data(source.flags)),
    readRoute("/api/v1/status/runtimeinfo", () => data(runtimeInfo(source))),
    readRoute("/api/v1/status/buildinfo", () => data(buildInfo)),
    earlyRoute("/api/v1/status/walreplay", () => data(source.replaySegments())),
    readRoute("/api/v1/features", () => data(source.features())),
  ];
}

export function storageStatusRoutes(tsdb: Tsdb): Route[] {
  return [
    readRoute("/api/v1/status/tsdb", ({ parameters }) => answerTsdb(tsdb, parameters)),
    readRoute("/api/v1/status/tsdb/blocks", () => data({ blocks: tsdb.blocks() })),
  ];
}

export const buildInfo: Readonly<Record<string, string>> = {
  version: prometheusVersion,
  revision: `narthex-${version}`,
  branch: "narthex",
  buildUser: "",
  buildDate: "",
  // Where Prometheus says which Go built it; clients show it as text.
  goVersion: `node ${process.version}`,
};

function runtimeInfo(source: StatusSource): object {
  const reload = source.reload();
  return {
    startTime: timestamp(source.startTime),
    CWD: process.cwd(),
    hostname: hostname(),
    serverTime: timestamp(source.now()),
    reloadConfigSuccess: reload.isSuccessful,
    lastConfigTime: timestamp(reload.time),
    corruptionCount: source.corruptions(),
    // Go's runtime is not here; the fields are.
    goroutineCount: 0,
    GOMAXPROCS: availableParallelism(),
    GOMEMLIMIT: 0,
    GOGC: "",
    GODEBUG: "",
    storageRetention: source.retention(),
  };
}

async function answerTsdb(tsdb: Tsdb, parameters: Parameters): Promise<Answer> {
  const limit = limitFrom(parameters);
  const stats = tsdb.stats();
  return data({
    headStats: {
      numSeries: stats.headSeries,
      numLabelPairs: stats.headLabelPairs,
      chunkCount: stats.headChunks,
      minTime: stats.headMinTime ?? 0,
      maxTime: stats.headMaxTime ?? 0,
    },
    ...(await tsdb.cardinality(limit)),
  });
}

function limitFrom(parameters: Parameters): number {
  if (!parameters.has("limit")) return 10;
  const limit = parameters.limit();
  if (limit < 1) throw new ApiError("bad_data", "limit must be a positive number");
  if (limit > cardinalityLimitMax) throw badParameter("limit", `limit must not exceed ${cardinalityLimitMax}`);
  return limit;
}
