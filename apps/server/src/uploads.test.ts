import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { createLogger } from "@narthex/service";
import type { BlockMeta } from "@narthex/tsdb";
import { expect, onTestFinished, test } from "vitest";
import { heldBackUntilUploaded } from "./uploads.js";

test("blocks of the first level wait until the file names them", () => {
  const folder = mkdtempSync(`${tmpdir()}/uploads-`);
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = `${folder}/thanos.shipper.json`;
  const log: string[] = [];
  const logger = createLogger({ level: "warn", format: "logfmt", write: (line) => log.push(line) });
  const isHeldBack = heldBackUntilUploaded(path, logger);
  const block = (ulid: string, level = 1): BlockMeta => ({
    ulid,
    version: 1,
    minTime: 0,
    maxTime: 1,
    compaction: { level, sources: [] },
    stats: { numSamples: 0, numSeries: 0, numChunks: 0 },
  });
  const held = (): string[] => [block("A"), block("B"), block("C", 2)].filter(isHeldBack).map(({ ulid }) => ulid);
  expect(held()).toEqual(["A", "B"]);
  expect(log.join("")).toContain("ENOENT");
  writeFileSync(path, '{"version": 1, "uploaded": ["B"]}');
  expect(held()).toEqual(["A"]);
  writeFileSync(path, '{"version": 1}');
  expect(held()).toEqual(["A", "B"]);
  writeFileSync(path, '{"uploaded": 7}');
  expect(held()).toEqual(["A", "B"]);
  expect(log.join("")).toContain("is no list");
});
