import { describe, expect, it } from "vitest";
import { parseDuration, parseTimestamp, printDuration } from "./time.js";

describe("durations", () => {
  it.each<[string, number, string]>([
    ["0", 0, "0s"],
    ["0s", 0, "0s"],
    ["1m30s", 90_000, "1m30s"],
    ["90s", 90_000, "1m30s"],
    ["1d", 86_400_000, "1d"],
    ["7d", 604_800_000, "1w"],
    ["1d1h", 90_000_000, "1d1h"],
    ["36h", 129_600_000, "1d12h"],
    ["1w1d", 691_200_000, "8d"],
    ["1y2w", 32_745_600_000, "379d"],
    ["500ms", 500, "500ms"],
    ["1y", 31_536_000_000, "1y"],
  ])("%s is %d ms and prints as %s", (text, ms, printed) => {
    expect(parseDuration(text)).toBe(ms);
    expect(printDuration(ms)).toBe(printed);
  });

  it.each([
    ["", "empty duration string"],
    ["1", 'not a valid duration string: "1"'],
    ["1s1m", "not a valid duration string"],
    ["-1s", "not a valid duration string"],
    ["1.5h", `unknown unit "." in duration "1.5h"`],
    ["300y", "duration out of range"],
  ])("%j is refused", (text, message) => expect(() => parseDuration(text)).toThrow(message));
});

it.each<[string, number | undefined]>([
  ["1700000000", 1_700_000_000_000],
  ["1700000000.123", 1_700_000_000_123],
  ["-1.5", -1500],
  ["2023-11-14T22:13:20Z", 1_700_000_000_000],
  ["2023-11-14T23:13:20.5+01:00", 1_700_000_000_500],
  ["2023-11-14", undefined],
  ["now", undefined],
  ["", undefined],
])("timestamp %j", (text, ms) => expect(parseTimestamp(text)).toBe(ms));
