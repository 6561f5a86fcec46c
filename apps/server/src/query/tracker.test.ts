import { SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { QueryTracker } from "./tracker.js";

const start = 1_700_000_000_000;

function content(fileSystem: SimFileSystem): string {
  const file = fileSystem.open("/data/queries.active", "read");
  const bytes = new Uint8Array(file.size());
  file.read(bytes, 0);
  return Buffer.from(bytes).toString();
}

function opened(entriesMax = 2): { fileSystem: SimFileSystem; tracker: QueryTracker } {
  const fileSystem = new SimFileSystem();
  fileSystem.makeFolder("/data");
  const tracker = new QueryTracker(entriesMax);
  expect(tracker.open(fileSystem, "/data")).toEqual([]);
  return { fileSystem, tracker };
}

test("entries of 1,000 bytes follow a bracket; zeros stand where no query runs", () => {
  const { fileSystem, tracker } = opened();
  const end = tracker.begin("up", start);
  tracker.begin("down", start);
  const first = '{"query":"up","timestamp_sec":1700000000},';
  const second = '{"query":"down","timestamp_sec":1700000000},';
  expect(content(fileSystem)).toBe(`[${first.padEnd(1000, "\0")}${second.padEnd(1000, "\0")}`);
  end();
  expect(content(fileSystem)).toBe(`[${"".padEnd(1000, "\0")}${second.padEnd(1000, "\0")}`);
});

test("the next start learns what did not finish, and begins anew", () => {
  const { fileSystem, tracker } = opened();
  tracker.begin("up", start)();
  tracker.begin('rate(x{a="b"}[5m])', start);
  expect(new QueryTracker(2).open(fileSystem, "/data")).toEqual([
    '{"query":"rate(x{a=\\"b\\"}[5m])","timestamp_sec":1700000000}',
  ]);
  expect(content(fileSystem)).toBe(`[${"".padEnd(2000, "\0")}`);
});

test.each([["x".repeat(5000)], ["\u0001".repeat(5000)], ["😀".repeat(400)]])(
  "a long query is cut so that its entry is whole",
  (expression) => {
    const { fileSystem, tracker } = opened();
    tracker.begin(expression, start);
    const entry = content(fileSystem)
      .slice(1)
      .replace(/,?\0+$/, "");
    const { query } = JSON.parse(entry) as { query: string };
    expect(Buffer.byteLength(entry)).toBeLessThan(1000);
    expect(query.length).toBeGreaterThan(100);
    expect(expression.startsWith(query)).toBe(true);
  },
);

test("more queries than entries run untracked", () => {
  const { fileSystem, tracker } = opened(1);
  tracker.begin("a", start);
  const before = content(fileSystem);
  tracker.begin("b", start)();
  expect(content(fileSystem)).toBe(before);
});
