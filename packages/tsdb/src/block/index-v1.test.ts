// A block with an index of version 1, as Prometheus wrote it before 2.0: read.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { matcherFrom, SampleColumns } from "@narthex/model";
import { describe, expect, onTestFinished, test } from "vitest";
import { everything } from "../testdata/rig.js";
import { openTsdb, type Tsdb } from "../tsdb.js";

const corpora = process.env["CORPORA"] ?? fileURLToPath(new URL("../../../../../shared/corpora", import.meta.url));
const block = `${corpora}/block-index-v1`;

function readSeries(db: Tsdb, value: string): string[] {
  const querier = db.querier(everything);
  const columns = new SampleColumns();
  const found = querier.select({ matchers: [matcherFrom("=~", "bar", value)], ...everything, sorted: true });
  const lines = found.map((source) => {
    source.read(columns);
    return `${source.labels.join(" ")}: ${columns.t.subarray(0, columns.count).join(" ")}`;
  });
  querier.close();
  return lines;
}

describe.skipIf(!existsSync(block))("a block with an old index (needs the corpora folder, see CORPORA)", () => {
  test("is read", async () => {
    const path = mkdtempSync(`${tmpdir()}/tsdb-v1-`);
    onTestFinished(() => rmSync(path, { recursive: true }));
    const folder = `${path}/01DXXFZDYD1MQW6079WK0K6EDQ`;
    mkdirSync(folder);
    cpSync(block, folder, { recursive: true });
    const damage: string[] = [];
    const db = await openTsdb({ path, retentionMs: 0, onCorruption: (error) => damage.push(error.message) });
    expect(damage).toEqual([]);
    expect(readSeries(db, ".*")).toHaveLength(102);
    expect(readSeries(db, "1|42")).toEqual(["bar 1: 0", "bar 42: 0"]);
    expect(readSeries(db, "10?")).toEqual(["bar 1: 0", "bar 10: 0"]);
    expect(readSeries(db, "")).toEqual(["foo bar: 1", "foo baz: 3"]);
    await db.close();
  });
});
