import { parseFlags } from "@narthex/service";
import { expect, test } from "vitest";
import { checkFlags, serverFlags, walSegmentBytesOf } from "./flags.js";

const parse = (...args: string[]) => parseFlags({ name: "server", description: "", table: serverFlags, args });

test.each([
  ["--storage.tsdb.wal-segment-size=9MB", "flag 'storage.tsdb.wal-segment-size' must be set between 10MB and 256MB"],
  ["--storage.tsdb.wal-segment-size=257MB", "flag 'storage.tsdb.wal-segment-size' must be set between 10MB and 256MB"],
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
