// However the samples are cut into blocks and head, queries answer the same.
import { join } from "node:path";
import { labelsToRecord } from "@narthex/model";
import { Engine, type MatrixSeries, QueryError, type QueryValue } from "@narthex/promql";
import { type Random, randomFrom } from "@narthex/stdx";
import { openTsdb, type Tsdb } from "@narthex/tsdb";
import { expect, it } from "vitest";
import { freshFolder } from "../processes.js";
import { type Answer, difference } from "./compare.js";
import { appendAll, dataEnd, dataStart } from "./data.js";
import { isNoise } from "./known.js";
import { type GeneratedQuery, generateQuery } from "./queries.js";

const seed = Number(process.env["SEED"] ?? 1);
const queryCount = Number(process.env["QUERIES"] ?? 300);
const minuteMs = 60_000;
/** Lengths of blocks: all in the head, a few long blocks, many short ones. */
const blockRanges = [24 * 60, 97, 30].map((minutes) => minutes * minuteMs);

it(`answers ${queryCount} random queries alike from head and from blocks of any length`, async () => {
  const folder = freshFolder();
  const databases: Tsdb[] = [];
  for (const blockRangeMs of blockRanges)
    databases.push(await databaseWith(join(folder, `${blockRangeMs}`), blockRangeMs));
  expect(databases.map((tsdb) => tsdb.blocks().length)).toEqual([0, 2, 7]);
  const random: Random = randomFrom(seed);
  for (let i = 0; i < queryCount; i++) {
    const query = generateQuery(random, { start: dataStart / 1000, end: dataEnd / 1000 });
    if (isNoise(query)) continue;
    const [whole, ...parted] = databases.map((tsdb) => answer(tsdb, query));
    for (const other of parted) {
      const found = difference(other, whole as Answer);
      expect(found && `seed ${seed}, query ${i}: ${JSON.stringify(query)}\n  ${found}`).toBeUndefined();
    }
  }
  for (const tsdb of databases) await tsdb.close();
});

async function databaseWith(path: string, blockRangeMs: number): Promise<Tsdb> {
  const tsdb = await openTsdb({ path, retentionMs: 0, blockRangeMs, blockRangeMaxMs: blockRangeMs });
  appendAll(tsdb, seed);
  await tsdb.compact();
  return tsdb;
}

function answer(queryable: Tsdb, { expression, start, end, step }: GeneratedQuery): Answer {
  const engine = new Engine({ features: new Set(["experimental-functions"]) });
  const common = { expression, queryable };
  try {
    const { value } =
      step === 0
        ? engine.instant({ ...common, time: start * 1000 })
        : engine.range({ ...common, start: start * 1000, end: end * 1000, step: step * 1000 });
    return answerOf(value);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return { status: "error", errorType: error.type, error: error.message };
  }
}

/** Whether a counter's sample says that it goes on depends on whether it is the first of a chunk. */
function withoutResets(key: string, value: unknown): unknown {
  return key === "counterResetHint" && value !== "gauge" ? undefined : value;
}

// As the API has it; histograms in full, since they are exact.
function answerOf(value: QueryValue): Answer {
  const of = (resultType: string, result: readonly unknown[]): Answer => ({
    status: "success",
    data: { resultType, result },
  });
  if (value.type === "matrix") return of("matrix", value.series.map(seriesOf));
  if (value.type === "vector") {
    return of(
      "vector",
      value.points.map(({ h, labels, t, v }) => ({
        metric: { ...labelsToRecord(labels), h: JSON.stringify(h, withoutResets) },
        value: [t, String(v)],
      })),
    );
  }
  return of(value.type, [value.t, String(value.type === "scalar" ? value.v : value.value)]);
}

function seriesOf({ count, h, labels, t, v }: MatrixSeries): unknown {
  const values = Array.from({ length: count }, (_, i) => [t[i], String(v[i])]);
  return { metric: { ...labelsToRecord(labels), h: JSON.stringify(h, withoutResets) }, values };
}
