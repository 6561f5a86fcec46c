// Asks mounts for their size without ever waiting long: statfs(2) on a network file system whose server is gone does
// not return, and cannot be called off.
// Such a call holds one thread of Node's pool (four by default, shared with all file and name look-ups of the process).
// So there are two lanes with one call each at a time: one for file systems that can hang, one for all others.
import { type StatsFs, statfs } from "node:fs";
import type { Clock } from "@narthex/stdx";

const remoteTypes =
  /^(nfs|cifs|smb|fuse|9p|virtiofs|ceph|glusterfs|lustre|afs|ncp|gpfs|beegfs|ocfs|gfs|coda|orangefs|pvfs)/;

export class MountTimeoutError extends Error {
  override readonly name = "MountTimeoutError";
}

type Ask = { readonly path: string; readonly fsType: string };

export class StatfsLanes {
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #statfs: typeof statfs;
  #local: Promise<unknown> = Promise.resolve();
  #remote: Promise<unknown> = Promise.resolve();

  constructor(options: { readonly timeoutMs: number; readonly clock: Clock; readonly statfs?: typeof statfs }) {
    this.#timeoutMs = options.timeoutMs;
    this.#clock = options.clock;
    this.#statfs = options.statfs ?? statfs;
  }

  /** Rejects with MountTimeoutError where the answer, or the lane, takes longer than the bound. */
  ask({ path, fsType }: Ask): Promise<StatsFs> {
    const turn = remoteTypes.test(fsType) ? this.#remote : this.#local;
    const state = { isExpired: false };
    const answer = turn.then(() => {
      // Nobody waits any more; the call would only block the lane again.
      if (state.isExpired) throw new MountTimeoutError("mountpoint timeout");
      return this.#call(path);
    });
    const settled = answer.then(
      () => {},
      () => {},
    );
    if (remoteTypes.test(fsType)) this.#remote = settled;
    else this.#local = settled;
    return this.#within(answer, state);
  }

  #call(path: string): Promise<StatsFs> {
    return new Promise((resolve, reject) => {
      this.#statfs(path, (error, stats) => (error ? reject(error) : resolve(stats)));
    });
  }

  #within(answer: Promise<StatsFs>, state: { isExpired: boolean }): Promise<StatsFs> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(this.#timeoutMs, () => {
        state.isExpired = true;
        reject(new MountTimeoutError("mountpoint timeout"));
      });
      answer.finally(cancel).then(resolve, reject);
    });
  }
}
