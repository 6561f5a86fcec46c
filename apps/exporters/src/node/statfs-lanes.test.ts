// A mount that hangs delays nobody but other mounts of its kind, and those only until their time is up.
import type { StatsFs, statfs } from "node:fs";
import { SimClock } from "@narthex/stdx";
import { expect, test } from "vitest";
import { MountTimeoutError, StatfsLanes } from "./statfs-lanes.js";

const stats = { blocks: 1 } as StatsFs;

/** A statfs that hangs on some paths until released. */
function simulated(hanging: ReadonlySet<string>): { statfs: typeof statfs; asked: string[]; release: () => void } {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  const call = (path: string, done: (error: null, stats: StatsFs) => void): void => {
    asked.push(path);
    if (hanging.has(path)) waiting.push(() => done(null, stats));
    else done(null, stats);
  };
  const release = (): void => {
    for (const end of waiting.splice(0)) end();
  };
  return { statfs: call as unknown as typeof statfs, asked, release };
}

const remote = (path: string): { path: string; fsType: string } => ({ path, fsType: "nfs4" });
const local = (path: string): { path: string; fsType: string } => ({ path, fsType: "ext4" });

test("a hung network mount times out, local mounts answer meanwhile", async () => {
  const clock = new SimClock(0);
  const system = simulated(new Set(["/nfs"]));
  const lanes = new StatfsLanes({ timeoutMs: 5000, clock, statfs: system.statfs });
  const hung = lanes.ask(remote("/nfs"));
  const behind = lanes.ask(remote("/nfs2"));
  expect(await lanes.ask(local("/"))).toBe(stats);
  const refusals = Promise.all([hung, behind].map((answer) => expect(answer).rejects.toThrow(MountTimeoutError)));
  await clock.advance(5000);
  await refusals;
  expect(system.asked).toEqual(["/nfs", "/"]);
});

test("when the server is back, so is its mount", async () => {
  const clock = new SimClock(0);
  const system = simulated(new Set(["/nfs"]));
  const lanes = new StatfsLanes({ timeoutMs: 5000, clock, statfs: system.statfs });
  const hung = lanes.ask(remote("/nfs"));
  const refusal = expect(hung).rejects.toThrow("mountpoint timeout");
  await clock.advance(5000);
  await refusal;
  system.release();
  expect(await lanes.ask(remote("/nfs2"))).toBe(stats);
});

test("a path that is not there is an error of its own", async () => {
  const lanes = new StatfsLanes({ timeoutMs: 5000, clock: new SimClock(0) });
  await expect(lanes.ask(local("/nonexistent"))).rejects.toThrow("ENOENT");
});
