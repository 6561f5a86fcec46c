// `narthex tool tsdb bench write`: scrapes of many series into a new database, as fast as it takes them.
import { readFileSync, rmSync } from "node:fs";
import { type AppendColumns, type Labels, labelsFrom } from "@narthex/model";
import { type FlagTable, numberFlag, parseCommandLine, stringFlag } from "@narthex/service";
import { openTsdb, type Tsdb } from "@narthex/tsdb";
import type { Run } from "../../command.js";

const table = {
  out: stringFlag("benchout", "Set the output path."),
  metrics: numberFlag(10_000, "Number of metrics to read."),
  scrapes: numberFlag(3000, "Number of scrapes to simulate."),
} satisfies FlagTable;

const scrapeIntervalMs = 15_000;
/** Series of one commit: those of a target. */
const batchSeries = 1000;

export const runTsdbBenchWrite: Run = async ({ name, summary, args }) => {
  const request = { name: `narthex ${name}`, description: summary, table, args };
  const { flags, words } = parseCommandLine({ ...request, words: "[<file>]" });
  const path = `${flags.out}/storage`;
  rmSync(path, { recursive: true, force: true });
  const series = await stage("readData", () => readSeries(words[0], flags.metrics));
  const tsdb = await openTsdb({ path, retentionMs: 0 });
  const started = performance.now();
  const total = await stage("ingestScrapes", () => ingest(tsdb, series, flags.scrapes));
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(` > total samples: ${total}\n > samples/sec: ${(total / seconds).toFixed(2)}\n`);
  await stage("stopStorage", () => tsdb.close());
  return 0;
};

async function stage<T>(name: string, run: () => T | Promise<T>): Promise<T> {
  process.stdout.write(`>> start stage=${name}\n`);
  const started = performance.now();
  const outcome = await run();
  process.stdout.write(`>> completed stage=${name} duration=${((performance.now() - started) / 1000).toFixed(3)}s\n`);
  return outcome;
}

/** A label set in JSON on each line of the file; made up where there is none. */
function readSeries(file: string | undefined, count: number): Labels[] {
  if (file !== undefined) {
    const lines = readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line.trim() !== "");
    return lines.slice(0, count).map((line) => labelsFrom(JSON.parse(line) as Record<string, string>));
  }
  return Array.from({ length: count }, (_, i) =>
    labelsFrom({ __name__: `metric_${i % 100}`, instance: `host-${Math.floor(i / 1000)}:9100`, series: String(i) }),
  );
}

async function ingest(tsdb: Tsdb, series: readonly Labels[], scrapes: number): Promise<number> {
  const batches: AppendColumns[] = [];
  for (let at = 0; at < series.length; at += batchSeries) {
    const batch = series.slice(at, at + batchSeries);
    const appender = tsdb.appender();
    const refs = Uint32Array.from(batch, (labels) => appender.series(labels));
    appender.rollback();
    const { length } = refs;
    const columns = { t: new Float64Array(length), v: new Float64Array(length), outcomes: new Uint8Array(length) };
    batches.push({ count: length, refs, ...columns });
  }
  let total = 0;
  for (let scrape = 1; scrape <= scrapes; scrape++) {
    for (const batch of batches) {
      batch.t.fill(scrape * scrapeIntervalMs);
      for (let row = 0; row < batch.count; row++) batch.v[row]! += (row % 7) * 1000;
      const appender = tsdb.appender();
      total += appender.append(batch);
      appender.commit();
    }
    if (scrape % 120 === 0) await tsdb.compact();
  }
  return total;
}
