import { labelsFrom } from "@narthex/model";
import { ByteWriter, SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { type CheckpointTask, writeCheckpoint } from "./checkpoint.js";
import { openSnappy } from "./compression.js";
import { encodeSeries } from "./records.js";
import { WalWriter } from "./writer.js";

const folder = "/data/wal";
const task: CheckpointTask = { path: folder, segment: 1, minTime: 0, refs: Uint32Array.of(1) };

/** A log of three segments, the first with a record. */
function logOn(fileSystem: SimFileSystem): void {
  const writer = WalWriter.open({ fileSystem, folder });
  const record = new ByteWriter();
  encodeSeries(record, [{ ref: 1, labels: labelsFrom({ __name__: "a" }) }]);
  writer.write([record.bytes()]);
  for (let i = 0; i < 3; i++) writer.nextSegment();
  writer.close();
}

test("wherever the disk fails once, the next attempt makes the checkpoint", async () => {
  let failures = 0;
  for (let call = 0; failures === call; call++) {
    const fileSystem = new SimFileSystem();
    logOn(fileSystem);
    const surroundings = { fileSystem, snappy: openSnappy(), pause: async () => undefined };
    fileSystem.fault({ call, code: "EIO" });
    await writeCheckpoint(task, surroundings).catch(() => failures++);
    fileSystem.fault(undefined);
    await writeCheckpoint(task, surroundings);
    expect(fileSystem.readFolder(folder).filter((name) => name.startsWith("checkpoint"))).toEqual([
      "checkpoint.00000001",
    ]);
    expect(fileSystem.readFolder(`${folder}/checkpoint.00000001`)).toEqual(["00000000"]);
  }
  expect(failures).toBeGreaterThan(5);
});
