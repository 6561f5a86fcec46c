import { labelsFrom } from "@narthex/model";
import { SimClock, SimFileSystem } from "@narthex/stdx";
import { expect, test } from "vitest";
import { printMatchers } from "../matchers/printer.js";
import { parseUtf8 } from "../matchers/utf8-parser.js";
import { openSilences } from "./open.js";
import { type SilenceDraft, silenceState } from "./silence.js";
import type { SilenceStore } from "./store.js";

const hour = 3_600_000;
const start = 1_700_000_000_000;

interface World {
  readonly clock: SimClock;
  readonly fileSystem: SimFileSystem;
  silences: SilenceStore;
  reopen(): void;
}

function world(limits: { silencesMax?: number; silenceBytesMax?: number } = {}): World {
  const clock = new SimClock(start);
  const fileSystem = new SimFileSystem();
  fileSystem.makeFolder("/data");
  fileSystem.syncFolder("/");
  let next = 0;
  const open = () =>
    openSilences({
      fileSystem,
      folder: "/data",
      clock,
      retentionMs: 5 * hour,
      silencesMax: 0,
      silenceBytesMax: 0,
      newId: () => `id-${++next}`,
      ...limits,
    }).silences;
  const opened: World = { clock, fileSystem, silences: open(), reopen: () => (opened.silences = open()) };
  return opened;
}

function draft(fields: Partial<SilenceDraft> = {}, matchers = "a=b"): SilenceDraft {
  return {
    id: "",
    matcherSets: [parseUtf8(matchers)],
    startsAt: start,
    endsAt: start + hour,
    createdBy: "me",
    comment: "why",
    annotations: {},
    ...fields,
  };
}

test("a silence silences what it matches, while it is active", async () => {
  const { silences, clock } = world();
  const id = silences.set(draft({ startsAt: start + 1000 }));
  const labels = labelsFrom({ a: "b", c: "d" });
  expect(silences.silencing(labels)).toEqual([]);
  await clock.advance(1000);
  expect(silences.silencing(labels)).toEqual([id]);
  expect(silences.silencing(labelsFrom({ a: "x" }))).toEqual([]);
  await clock.advance(hour);
  expect(silences.silencing(labels)).toEqual([]);
});

// What is asked of a silence made at `start` for one hour; expects whether its id stays.
test.each([
  ["a later end", 0, { endsAt: start + 2 * hour }, "a=b", true],
  ["another comment", 0, { comment: "other" }, "a=b", true],
  ["another start", 5000, { startsAt: start + 2000 }, "a=b", false],
  ["other matchers", 0, {}, "a=c", false],
  ["an expired silence", 2 * hour, { endsAt: start + 3 * hour }, "a=b", false],
] as [string, number, Partial<SilenceDraft>, string, boolean][])(
  "update: %s",
  async (_, wait, fields, matchers, keeps) => {
    const { silences, clock } = world();
    const id = silences.set(draft());
    await clock.advance(wait);
    const updated = silences.set(draft({ id, ...fields }, matchers));
    expect(updated === id).toBe(keeps);
    const old = silences.find(id);
    if (!keeps) expect(old && silenceState(old, clock.now())).toBe("expired");
  },
);

test("expiring is final and may be repeated", async () => {
  const { silences, clock } = world();
  const id = silences.set(draft({ startsAt: start + hour, endsAt: start + 2 * hour }));
  silences.expire(id);
  silences.expire(id);
  expect(silences.find(id)).toMatchObject({ startsAt: start, endsAt: start });
  expect(silences.countByState()).toEqual({ pending: 0, active: 0, expired: 1 });
  expect(() => silences.expire("nobody")).toThrow("silence not found");
  await clock.advance(5 * hour + 1);
  expect(silences.maintain()).toBe(1);
  expect(silences.size).toBe(0);
});

test.each([
  ["", "invalid silence: at least one matcher required"],
  ['a=""', "invalid silence: at least one matcher must not match the empty string"],
  ["a=~.*", "invalid silence: at least one matcher must not match the empty string"],
])("matchers %s are refused", (matchers, expected) => {
  expect(() => world().silences.set(draft({}, matchers))).toThrow(expected);
});

test("limits", () => {
  const few = world({ silencesMax: 1 }).silences;
  few.set(draft());
  expect(() => few.set(draft())).toThrow("exceeded maximum number of silences: 1 (limit: 1)");
  const small = world({ silenceBytesMax: 200 }).silences;
  expect(() => small.set(draft({ comment: "x".repeat(200) }))).toThrow(/silence exceeded maximum size: \d+ bytes/);
  expect(small.size).toBe(0);
});

test("silences outlive a crash right after they are made, changed and expired", () => {
  const here = world();
  const kept = here.silences.set(draft({ annotations: { ticket: "7" } }));
  here.silences.set(draft({ id: kept, comment: "changed" }));
  const gone = here.silences.set(draft({}, 'n=1,x!~"y|z",q!=r'));
  here.silences.expire(gone);
  const printed = () => here.silences.all().map((s) => ({ ...s, matcherSets: s.matcherSets.map(printMatchers) }));
  const before = printed();
  here.fileSystem.crash();
  here.reopen();
  expect(printed()).toEqual(before);
  here.silences.maintain();
  here.fileSystem.crash();
  here.reopen();
  expect(printed()).toEqual(before);
});

test("a failed write refuses the silence and does not harm the next one", () => {
  const here = world();
  here.silences.set(draft());
  here.fileSystem.fault({ call: 0, code: "ENOSPC" });
  expect(() => here.silences.set(draft())).toThrow("cannot append to /data/silences");
  here.silences.set(draft());
  here.reopen();
  expect(here.silences.size).toBe(2);
});
