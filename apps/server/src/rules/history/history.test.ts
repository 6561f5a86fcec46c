import { readFileSync } from "node:fs";
import { labelsFrom } from "@narthex/model";
import { createLogger } from "@narthex/service";
import { SimFileSystem } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { AlertHistory } from "./log.js";
import { type HistoryQuery, readHistory } from "./read.js";
import { decodeTransition, encodeTransition, type Transition } from "./transition.js";

const current = "/data/alert_history/current";
const all: HistoryQuery = { start: 0, end: 1e15, limit: 1e6, isWanted: () => true };

function transition(time: number, host = "a"): Transition {
  return {
    time,
    from: "pending",
    to: "firing",
    activeAt: time - 60_000,
    value: Number.POSITIVE_INFINITY,
    labels: labelsFrom({ alertname: "Höchst", host }),
    annotations: labelsFrom({ summary: "line\nbreak" }),
    rule: { name: "Höchst", group: "g", file: "/etc/rules.yml" },
  };
}

type World = { readonly fileSystem: SimFileSystem; readonly logged: string[]; open(bytesMax?: number): AlertHistory };

function world(): World {
  const fileSystem = new SimFileSystem();
  fileSystem.makeFolder("/data");
  const logged: string[] = [];
  const logger = createLogger({ level: "warn", format: "logfmt", write: (line) => logged.push(line) });
  return {
    fileSystem,
    logged,
    open(bytesMax = 1_000_000) {
      const history = new AlertHistory({ fileSystem, path: "/data", bytesMax, logger });
      history.open();
      return history;
    },
  };
}

async function times(history: AlertHistory, query: Partial<HistoryQuery> = {}): Promise<number[]> {
  return (await readHistory(history, { ...all, ...query })).transitions.map(({ time }) => time);
}

function append(fileSystem: SimFileSystem, bytes: Uint8Array): void {
  const file = fileSystem.open(current, "update");
  file.write(bytes, file.size());
  file.close();
}

describe("a line", () => {
  it("gives back what it was made from", () => {
    expect(decodeTransition(encodeTransition(transition(5)))).toEqual(transition(5));
  });

  it("is refused when a byte of it is another", () => {
    const line = encodeTransition(transition(5));
    for (let i = 0; i < line.length; i++) {
      const damaged = line.slice();
      damaged[i]! ^= 1;
      expect(decodeTransition(damaged)).toBeUndefined();
    }
  });

  it("stands in the document of the format as it is written", () => {
    const document = readFileSync(new URL("../../../../../docs/formats/alert-history.md", import.meta.url), "utf8");
    const example = /```text\n([^\n]+\n)```/.exec(document)?.[1] as string;
    expect(decodeTransition(Buffer.from(example))).toMatchObject({ from: "pending", to: "firing", value: 0.93 });
  });
});

describe("the history", () => {
  it("is there after a restart, the newest first", async () => {
    const w = world();
    const first = w.open();
    first.record([transition(1000), transition(2000)]);
    first.close();
    const second = w.open();
    second.record([transition(3000)]);
    expect(await times(second)).toEqual([3000, 2000, 1000]);
  });

  it("outlives a process that is killed", async () => {
    const w = world();
    w.open().record([transition(1000)]);
    expect(await times(w.open())).toEqual([1000]);
  });

  it.each([
    ["half a line", encodeTransition(transition(9)).subarray(0, 40)],
    ["zeros", new Uint8Array(64)],
    ["a line that does not add up", Buffer.from("00000000 {}\n")],
  ])("has its torn end cut off: %s", async (_, torn) => {
    const w = world();
    const first = w.open();
    first.record([transition(1000)]);
    first.close();
    append(w.fileSystem, torn);
    const second = w.open();
    expect(w.logged.join()).toContain("was torn");
    second.record([transition(2000)]);
    expect(await times(second)).toEqual([2000, 1000]);
  });

  it("loses no more than its end in a crash of the machine", async () => {
    for (let seed = 1; seed <= 50; seed++) {
      const fileSystem = new SimFileSystem({ seed });
      fileSystem.makeFolder("/data");
      const logger = createLogger({ level: "error", format: "logfmt" });
      const open = (): AlertHistory => {
        const history = new AlertHistory({ fileSystem, path: "/data", bytesMax: 2000, logger });
        history.open();
        return history;
      };
      const history = open();
      for (let i = 1; i <= 8; i++) history.record([transition(i * 1000)]);
      fileSystem.crash();
      fileSystem.makeFolder("/data");
      const left = await times(open());
      const newest = left[0] ?? 0;
      expect(left).toEqual(Array.from({ length: left.length }, (_, i) => newest - i * 1000));
    }
  });

  it("keeps within its bound, and what is newest", async () => {
    const w = world();
    const bytesMax = 4000;
    const history = w.open(bytesMax);
    for (let i = 1; i <= 100; i++) history.record([transition(i * 1000)]);
    const kept = await times(history);
    expect(kept[0]).toBe(100_000);
    expect(kept.length).toBeGreaterThan(3);
    const line = encodeTransition(transition(100_000)).length;
    expect(kept.length * line).toBeLessThanOrEqual(bytesMax + line);
  });

  it("is read from and to a time, as far as the limit", async () => {
    const w = world();
    const history = w.open();
    // Longer than a piece that is read at once.
    history.record(Array.from({ length: 3000 }, (_, i) => transition(i * 1000, `host-${i % 2}`)));
    expect(await times(history, { start: 5000, end: 7000 })).toEqual([7000, 6000, 5000]);
    expect(await times(history)).toHaveLength(3000);
    const { transitions, isCut } = await readHistory(history, { ...all, limit: 2 });
    expect([transitions.length, isCut]).toEqual([2, true]);
    expect((await readHistory(history, { ...all, limit: 3000 })).isCut).toBe(false);
  });

  it("passes over a damaged line in its midst", async () => {
    const w = world();
    const history = w.open();
    history.record([transition(1000)]);
    append(w.fileSystem, Buffer.from("nonsense\n"));
    append(w.fileSystem, encodeTransition(transition(2000)));
    expect(await times(w.open())).toEqual([2000, 1000]);
  });

  it("counts what cannot be written, and says so once", () => {
    const w = world();
    const history = w.open();
    history.close();
    history.record([transition(1000)]);
    history.record([transition(2000)]);
    expect(history.lost).toBe(2);
    expect(w.logged).toHaveLength(1);
  });

  it("is not kept where its bound is 0", async () => {
    const w = world();
    const history = w.open(0);
    history.record([transition(1000)]);
    expect([history.lost, await times(history)]).toEqual([0, []]);
  });
});
