import { readFileSync } from "node:fs";
import { SimClock, SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { decodeEntry, encodeEntry } from "./codec.js";
import type { NotificationEntry } from "./entry.js";
import { openNotificationLog } from "./open.js";

const receiver = { groupName: "team", integration: "webhook", index: 0 };

function world(retentionMs = 1_000_000) {
  const clock = new SimClock(1000);
  const fileSystem = new SimFileSystem();
  const options = { fileSystem, folder: "/", clock, retentionMs, onError: () => undefined };
  return { clock, fileSystem, open: () => openNotificationLog(options).log };
}

function told(groupKey: string, firing: bigint[] = [1n]) {
  return { groupKey, receiver, firing: new Set(firing), resolved: new Set<bigint>(), receiverData: {} };
}

test("what was told is found again after a kill, the last of a key", () => {
  const { open, fileSystem } = world();
  const log = open();
  log.record(told("a"), 0);
  log.record(told("a", [1n, 2n ** 64n - 1n]), 0);
  log.record(told("b"), 0);
  expect(fileSystem.stat("/nflog")?.size).toBeGreaterThan(0);
  const again = open();
  expect(again.find("a", receiver)).toMatchObject({ timestamp: 1000, firing: new Set([1n, 2n ** 64n - 1n]) });
  expect(again.find("a", { ...receiver, index: 1 })).toBeUndefined();
  expect(again.size).toBe(2);
});

test("entries are durable a second later", async () => {
  const { open, fileSystem, clock } = world();
  const log = open();
  log.record(told("a"), 0);
  await clock.advance(1000);
  fileSystem.crash();
  expect(open().find("a", receiver)).toBeDefined();
});

test("entries expire after twice the repeat interval, at the latest after retention", async () => {
  const { open, clock } = world(5000);
  const log = open();
  log.record(told("short"), 2000);
  log.record(told("long"), 90_000);
  await clock.advance(2001);
  expect(log.find("short", receiver)).toBeUndefined();
  expect(log.find("long", receiver)).toBeDefined();
  await clock.advance(3000);
  expect(log.maintain()).toBe(2);
  expect(log.size).toBe(0);
});

const entry: NotificationEntry = {
  groupKey: '{}/{a="b"}:{c="d"}',
  receiver: { groupName: "x", integration: "slack", index: 300 },
  timestamp: 1_700_000_000_123,
  firing: new Set([1n, 2n ** 64n - 1n]),
  resolved: new Set([7n]),
  receiverData: { text: "1.2", int: -5n, double: 0.5 },
  expiresAt: 1_700_000_900_000,
};

test("an entry survives its encoding", () => {
  expect(decodeEntry(encodeEntry(entry))).toEqual(entry);
});

test("the example of the format document decodes", () => {
  const path = new URL("../../../../docs/formats/alertmanager-state.md", import.meta.url);
  const example = /\n {4}((?:[0-9a-f]{2} ){20}[0-9a-f ]+)\n/.exec(readFileSync(path, "utf8"))?.[1] ?? "";
  const bytes = Buffer.from(example.replaceAll(" ", ""), "hex");
  expect(bytes[0]).toBe(bytes.length - 1);
  expect(decodeEntry(bytes.subarray(1))).toEqual({
    groupKey: "{}:{}",
    receiver,
    timestamp: 1000,
    firing: new Set([1n]),
    resolved: new Set(),
    receiverData: {},
    expiresAt: 9000,
  });
});
