// /api/v1/admin/tsdb/*: deletion and snapshots, behind --web.enable-admin-api.
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Tsdb } from "@narthex/tsdb";
import { named } from "./parameters.js";
import { type Answer, ApiError, data } from "./respond.js";
import { type ApiRequest, changeRoute, type Route } from "./route.js";

export type AdminSource = {
  readonly tsdb: Tsdb;
  readonly isEnabled: boolean;
  /** Folder of the database. */
  readonly path: string;
  readonly now: () => number;
};

export function adminRoutes(source: AdminSource): Route[] {
  const guarded =
    (answer: (request: ApiRequest) => Promise<Answer>): Route["answer"] =>
    (request) => {
      if (!source.isEnabled) throw new ApiError("unavailable", "admin APIs disabled");
      return answer(request);
    };
  return [
    changeRoute(
      "/api/v1/admin/tsdb/delete_series",
      guarded((request) => deleteSeries(source.tsdb, request)),
    ),
    changeRoute(
      "/api/v1/admin/tsdb/clean_tombstones",
      guarded(async () => {
        await source.tsdb.cleanTombstones();
        return { kind: "empty" };
      }),
    ),
    changeRoute(
      "/api/v1/admin/tsdb/snapshot",
      guarded((request) => snapshot(source, request)),
    ),
  ];
}

async function deleteSeries(tsdb: Tsdb, { parameters }: ApiRequest): Promise<Answer> {
  const sets = named("match[]", () => parameters.matcherSets());
  if (sets.length === 0) throw new ApiError("bad_data", "no match[] parameter provided");
  const range = parameters.range();
  for (const matchers of sets) await tsdb.deleteSeries(matchers, range);
  return { kind: "empty" };
}

async function snapshot({ tsdb, path, now }: AdminSource, { parameters }: ApiRequest): Promise<Answer> {
  const skipsHead = parameters.boolean("skip_head");
  const name = `${new Date(now()).toISOString().replace(/[-:]/g, "").replace(/\.\d+/, "")}-${randomBytes(8).toString("hex")}`;
  mkdirSync(join(path, "snapshots"), { recursive: true });
  await tsdb.snapshot(join(path, "snapshots", name), { withHead: !skipsHead });
  return data({ name });
}
