// The agent's store: what it takes, what its log says, and what a start makes of it.
import { appendOutcome, labelsFrom, SeriesLimitError } from "@narthex/model";
import { readWholeFile, SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { openDirectory } from "../directory.js";
import { columnsOf, processes, type Row } from "../testdata/rig.js";
import { openSnappy } from "../wal/compression.js";
import { filesToReplay, readSegment } from "../wal/folder.js";
import { decodeExemplars, decodeMetadata, decodeSamples, decodeSeries, emptyRows, recordType } from "../wal/records.js";
import { type Agent, openAgent } from "./agent.js";
import type { AgentOptions } from "./options.js";

const { appended, outOfOrder, unknownSeries } = appendOutcome;

function onDisk(
  fileSystem: SimFileSystem = new SimFileSystem(),
): AgentOptions & { readonly fileSystem: SimFileSystem } {
  return { path: "/agent", fileSystem, processes };
}

const named = (name: string) => labelsFrom({ __name__: name, job: "test" });

/** Appends rows in one batch; returns their outcomes. */
function append(agent: Agent, rows: readonly Row[]): number[] {
  const appender = agent.appender();
  const columns = columnsOf(
    rows.map(([name]) => appender.series(named(name))),
    rows,
  );
  appender.append(columns);
  appender.commit();
  return [...columns.outcomes];
}

function lastTime(agent: Agent, name: string): number {
  const appender = agent.appender();
  const time = appender.inOrderAfter(appender.series(named(name)));
  appender.rollback();
  return time;
}

/** What the log says, a line for each thing. */
async function logOf({ fileSystem, path }: { fileSystem: SimFileSystem; path: string }): Promise<string[]> {
  const folder = { fileSystem, path: `${path}/wal`, snappy: openSnappy() };
  const lines: string[] = [];
  const rows = emptyRows();
  for (const file of filesToReplay(folder)) {
    await readSegment(folder, file, (record) => {
      const type = record[0];
      if (type === recordType.series) {
        for (const { ref, labels } of decodeSeries(record)) lines.push(`series ${ref} ${labels[1]}`);
      } else if (type === recordType.samples || type === recordType.samplesWithStarts) {
        decodeSamples(record, rows);
        for (let i = 0; i < rows.count; i++) lines.push(`sample ${rows.refs[i]} ${rows.t[i]}`);
      } else if (type === recordType.exemplars) {
        for (const { ref, t, v } of decodeExemplars(record)) lines.push(`exemplar ${ref} ${t} ${v}`);
      } else if (type === recordType.metadata) {
        for (const { ref, metadata } of decodeMetadata(record)) lines.push(`metadata ${ref} ${metadata.help}`);
      } else lines.push(`type ${type}`);
    });
  }
  return lines;
}

test("a sample is taken where it is newer than the last of its series less the window", async () => {
  const agent = await openAgent(onDisk());
  expect(append(agent, [["a", 1000, 1]])).toEqual([appended]);
  expect(
    append(agent, [
      ["a", 1000, 1],
      ["a", 999, 1],
      ["a", 1001, 1],
      ["b", 5, 1],
    ]),
  ).toEqual([outOfOrder, outOfOrder, appended, appended]);
  agent.setOutOfOrderTimeWindow(500);
  expect(
    append(agent, [
      ["a", 501, 1],
      ["a", 502, 1],
    ]),
  ).toEqual([outOfOrder, appended]);
  expect(lastTime(agent, "a")).toBe(1001);
  // The one within the window counts, too: it is not newer.
  expect(agent.stats()).toMatchObject({ samplesAppended: 4, outOfOrder: 4, activeSeries: 2 });
  await agent.close();
});

test("histograms, exemplars and metadata go to the log as far as it is to have them", async () => {
  const options = onDisk();
  const agent = await openAgent(options);
  const appender = agent.appender();
  const ref = appender.series(named("h"));
  const histogram = {
    schema: 0,
    counterResetHint: "unknown" as const,
    zeroThreshold: 0,
    zeroCount: 1,
    count: 1,
    sum: 1,
    positiveSpans: [],
    positiveBuckets: [],
    negativeSpans: [],
    negativeBuckets: [],
    customValues: [],
  };
  expect(appender.appendHistogram(ref, 10, histogram)).toBe(appended);
  expect(appender.appendHistogram(99, 10, histogram)).toBe(unknownSeries);
  const labels = labelsFrom({ trace: "x" });
  expect(appender.appendExemplar(ref, { labels, v: 3, t: undefined })).toBe("appended");
  expect(appender.appendExemplar(ref, { labels, v: 3, t: undefined })).toBe("duplicate");
  expect(appender.appendExemplar(ref, { labels: labelsFrom({ long: "x".repeat(130) }), v: 4, t: undefined })).toBe(
    "tooLong",
  );
  appender.setMetadata(ref, { type: "histogram", help: "Help.", unit: "" });
  appender.commit();
  expect(await logOf(options)).toEqual(["series 1 h", `type ${recordType.histograms}`, "exemplar 1 10 3"]);
  await agent.close();
  const logging = await openAgent({ ...options, logsMetadata: true });
  const second = logging.appender();
  second.setMetadata(second.series(named("h")), { type: "histogram", help: "Help.", unit: "" });
  second.commit();
  expect((await logOf(options)).slice(3)).toEqual(["metadata 1 Help."]);
  await logging.close();
});

test("a job has as many series as it may", async () => {
  const agent = await openAgent(onDisk());
  const appender = agent.appender();
  appender.series(named("a"), 2);
  appender.series(named("b"), 2);
  expect(() => appender.series(named("c"), 2)).toThrow(SeriesLimitError);
  expect(appender.series(named("b"), 2)).toBe(2);
  appender.series(labelsFrom({ __name__: "c", job: "other" }), 2);
  expect(() => appender.series([] as unknown as ReturnType<typeof named>)).toThrow("empty labelset");
  appender.rollback();
  expect(agent.stats()).toMatchObject({ activeSeries: 3, seriesRefused: 1 });
  await agent.close();
});

test("a series of a batch that was rolled back is in the log before its first sample", async () => {
  const options = onDisk();
  const agent = await openAgent(options);
  const appender = agent.appender();
  appender.series(named("a"));
  appender.rollback();
  append(agent, [["b", 1, 1]]);
  append(agent, [["a", 2, 1]]);
  expect(await logOf(options)).toEqual(["series 1 a", "series 2 b", "sample 2 1", "sample 1 2"]);
  await agent.close();
});

test("a start knows series, refs and last times; a torn tail is cut off", async () => {
  const options = onDisk();
  const agent = await openAgent(options);
  append(agent, [
    ["a", 1, 1],
    ["b", 2, 1],
  ]);
  append(agent, [["a", 3, 1]]);
  await agent.close();
  const { fileSystem } = options;
  const path = "/agent/wal/00000000";
  const { length } = readWholeFile(fileSystem, path);
  const file = fileSystem.open(path, "update");
  file.truncate(length - 3);
  file.close();
  const corruptions: string[] = [];
  const again = await openAgent({ ...options, onCorruption: (error) => corruptions.push(error.message) });
  expect(corruptions).toHaveLength(1);
  expect(again.stats()).toMatchObject({ activeSeries: 2, corruptions: 1, walSegment: 1 });
  expect([lastTime(again, "a"), lastTime(again, "b")]).toEqual([1, 2]);
  expect(append(again, [["c", 4, 1]])).toEqual([appended]);
  expect((await logOf(options)).slice(-2)).toEqual(["series 3 c", "sample 3 4"]);
  await again.close();
});

for (const checkpointFromMemory of [false, true]) {
  const kind = checkpointFromMemory ? "from memory" : "from segments";

  test(`truncation drops idle series and the older two thirds of the log (checkpoint ${kind})`, async () => {
    const options = { ...onDisk(), checkpointFromMemory, checkpointBatchSize: 2 };
    const agent = await openAgent(options);
    append(agent, [
      ["idle", 10, 1],
      ["busy", 10, 1],
    ]);
    const checkpointed: boolean[] = [];
    for (let t = 20; t <= 60; t += 10) {
      checkpointed.push(await agent.truncate(t - 5));
      append(agent, [
        ["busy", t, 1],
        [`at-${t}`, t, 1],
      ]);
    }
    // Of segments 0…3 the newest stays; two thirds of the others are more than one.
    expect(checkpointed).toEqual([false, false, false, true, false]);
    expect(options.fileSystem.readFolder("/agent/wal").sort()).toEqual([
      "00000002",
      "00000003",
      "00000004",
      "00000005",
      "checkpoint.00000001",
    ]);
    expect(agent.stats()).toMatchObject({ checkpoints: 1, walTruncations: 1 });
    const idle = await agent.close().then(() => openAgent(options));
    expect(lastTime(idle, "busy")).toBe(60);
    expect(lastTime(idle, "idle")).toBe(Number.NEGATIVE_INFINITY);
    await idle.close();
  });
}

test("a series that an open batch holds stays", async () => {
  const agent = await openAgent(onDisk());
  append(agent, [["a", 1, 1]]);
  const appender = agent.appender();
  const ref = appender.series(named("a"));
  await agent.truncate(100);
  expect(agent.stats().activeSeries).toBe(1);
  appender.append(columnsOf([ref], [["a", 200, 1]]));
  appender.commit();
  await agent.truncate(300);
  expect(agent.stats()).toMatchObject({ activeSeries: 0, deletedSeries: 1 });
  await agent.close();
});

test("a series that comes back has a new ref, and a start takes both for one", async () => {
  const options = onDisk();
  const agent = await openAgent(options);
  append(agent, [["a", 1, 1]]);
  await agent.truncate(100);
  append(agent, [["a", 200, 1]]);
  expect(await logOf(options)).toEqual(["series 1 a", "sample 1 1", "series 2 a", "sample 2 200"]);
  await agent.close();
  const again = await openAgent(options);
  expect(again.stats()).toMatchObject({ activeSeries: 1, deletedSeries: 1 });
  expect(lastTime(again, "a")).toBe(200);
  append(again, [["b", 201, 1]]);
  expect((await logOf(options)).slice(-2)).toEqual(["series 3 b", "sample 3 201"]);
  await again.close();
});

test("a batch that the disk refuses is gone whole, and its series come with the next", async () => {
  const options = onDisk();
  const agent = await openAgent(options);
  append(agent, [["a", 1, 1]]);
  options.fileSystem.fault({ call: 0, code: "ENOSPC", times: 1 });
  expect(() =>
    append(agent, [
      ["a", 2, 1],
      ["b", 2, 1],
    ]),
  ).toThrow("cannot write WAL segment");
  expect(lastTime(agent, "a")).toBe(1);
  append(agent, [["a", 2, 1]]);
  expect(await logOf(options)).toEqual(["series 1 a", "sample 1 1", "series 2 b", "sample 1 2"]);
  expect(agent.stats().walWriteFailures).toBe(1);
  await agent.close();
  expect(options.fileSystem.openFileCount).toBe(0);
});

test("one process has the directory", async () => {
  const options = onDisk();
  const agent = await openAgent(options);
  await expect(openAgent(options)).rejects.toThrow("in use by process 1");
  const other = await openAgent({ ...options, path: "/other", lockFile: false });
  expect(options.fileSystem.readFolder("/other")).toEqual(["wal"]);
  await other.close();
  await agent.close();
  openDirectory({ ...options, processes, lockFile: true }).release();
});
