import { parseCommandLine, parseFlags, type UsageError } from "@narthex/service";
import { expect, test } from "vitest";
import { checkFlags, checkMode, serverFlags, walSegmentBytesOf } from "./flags.js";

const parse = (...args: string[]) => parseFlags({ name: "server", description: "", table: serverFlags, args });

test.each([
  ["--storage.tsdb.wal-segment-size=9MB", "flag 'storage.tsdb.wal-segment-size' must be set between 10MB and 256MB"],
  ["--storage.tsdb.wal-segment-size=257MB", "flag 'storage.tsdb.wal-segment-size' must be set between 10MB and 256MB"],
  ["--storage.agent.checkpoint-batch-size=0", "--storage.agent.checkpoint-batch-size must be at least 1"],
  ["--query.max-concurrency=0", "--query.max-concurrency must be at least 1"],
  ["--web.external-url=ftp://a", '--web.external-url: "ftp://a" is not an http or https URL'],
])("%s is refused", (arg, message) => {
  expect(() => checkFlags(parse(arg))).toThrow(message);
});

test.each([
  ["10MB", 10],
  ["256MB", 256],
  ["0", 128],
])("a WAL segment size of %s is taken", (size, mebibytes) => {
  const flags = parse(`--storage.tsdb.wal-segment-size=${size}`);
  checkFlags(flags);
  expect(walSegmentBytesOf(flags)).toBe(mebibytes * 1024 * 1024);
});

test.each([
  [["--agent", "--storage.agent.path=a", "--scrape.adjust-timestamps"], ""],
  [["--query.timeout=1m", "--storage.tsdb.path=data/"], ""],
  [
    ["--agent", "--storage.tsdb.path=data/", "--query.timeout=1m"],
    'The following flag(s) can not be used in agent mode: ["--storage.tsdb.path" "--query.timeout"]',
  ],
  [
    ["--storage.agent.path=x", "--no-storage.agent.wal-compression"],
    'The following flag(s) can only be used in agent mode: ["--storage.agent.path" "--storage.agent.wal-compression"]',
  ],
])("%j: flags of the other mode are refused", (args, message) => {
  const { flags, given } = parseCommandLine({ name: "server", description: "", table: serverFlags, args, words: "" });
  let said = "";
  try {
    checkMode(flags, given);
  } catch (error) {
    expect(error).toMatchObject({ exitCode: 3 });
    said = (error as UsageError).message;
  }
  expect(said).toBe(message);
});

test("the log of the mode has a segment size within its bounds", () => {
  const flags = parse("--agent", "--storage.agent.wal-segment-size=9MB");
  expect(() => walSegmentBytesOf(flags)).toThrow(
    "flag 'storage.agent.wal-segment-size' must be set between 10MB and 256MB",
  );
});
