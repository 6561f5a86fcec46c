// The agent's store against a model of series and last times: batches, roll-backs, truncations, restarts, kills and losses
// of power at random, while a watcher follows the log. FUZZ_ROUNDS=… for more rounds.
import { type AppendColumns, appendOutcome, labelsFrom } from "@narthex/model";
import { randomFrom, SimFileSystem } from "@narthex/stdx";
import { describe, expect, test } from "vitest";
import type { SampleRows, SeriesRecord } from "../wal/records.js";
import type { WalSink, WalWatcher } from "../wal/watcher.js";
import { type Agent, openAgent } from "./agent.js";
import type { AgentOptions } from "./options.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 6);
const steps = 400;
const names = Array.from({ length: 40 }, (_, i) => `s${i}`);
const labelsOf = (name: string) => labelsFrom({ __name__: name, job: "j", long: "x".repeat(20) });

/** Samples as the watcher gives them, `name t`. */
class Seen implements WalSink {
  readonly samplesSeen: string[] = [];
  readonly #series = new Map<number, { readonly name: string; readonly segment: number }>();

  series(series: readonly SeriesRecord[], segment: number): void {
    for (const { ref, labels } of series) this.#series.set(ref, { name: labels[1] as string, segment });
  }

  samples({ count, refs, t }: SampleRows): void {
    for (let i = 0; i < count; i++) {
      const series = this.#series.get(refs[i]!);
      if (!series) throw new Error(`sample of unknown series ${refs[i]}`);
      this.samplesSeen.push(`${series.name} ${t[i]}`);
    }
  }

  histograms(): void {}
  exemplars(): void {}
  metadata(): void {}

  forgetSeriesBefore(segment: number): void {
    for (const [ref, series] of this.#series) if (series.segment < segment) this.#series.delete(ref);
  }
}

class Round {
  readonly #random: () => number;
  readonly #fileSystem: SimFileSystem;
  readonly #options: AgentOptions;
  /** Last times of series that are certainly alive, and of those that were collected. */
  readonly #alive = new Map<string, number>();
  readonly #gone = new Map<string, number>();
  #agent!: Agent;
  #watcher!: WalWatcher;
  #seen = new Seen();
  #written: string[] = [];
  #now = 1_000_000;
  #lives = 0;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
    this.#fileSystem = new SimFileSystem({ seed });
    this.#fileSystem.makeFolder("/agent");
    this.#fileSystem.syncFolder("/");
    this.#options = {
      path: "/agent",
      fileSystem: this.#fileSystem,
      walSegmentBytesMax: 4096,
      walCompression: seed % 3 === 0 ? "none" : "snappy",
      checkpointFromMemory: seed % 2 === 0,
      checkpointBatchSize: 7,
    };
  }

  async run(): Promise<void> {
    await this.#open();
    for (let i = 0; i < steps; i++) {
      const chance = this.#random();
      if (chance < 0.8) this.#append(chance < 0.05);
      else if (chance < 0.95) await this.#truncate();
      else if (chance < 0.975) await this.#restart();
      else await this.#loseLife();
      this.#now += 1000;
    }
    await this.#watcher.poll();
    expect(this.#seen.samplesSeen).toEqual(this.#written);
    await this.#restart();
    await this.#watcher.close();
    await this.#agent.close();
  }

  async #open(mayBeTorn = false): Promise<void> {
    const start = `life-${++this.#lives}`;
    const owner = { ownPid: 1, startOf: () => start, flockHolder: () => undefined };
    const onCorruption = (error: Error): void => {
      if (!mayBeTorn) throw error;
    };
    this.#agent = await openAgent({ ...this.#options, processes: owner, onCorruption });
    this.#seen = new Seen();
    this.#written = [];
    this.#watcher = this.#agent.watchWal({ sink: this.#seen, startTime: Number.NEGATIVE_INFINITY });
    // What stood before is not given: it belongs to earlier lives.
    await this.#watcher.poll();
    this.#compare();
  }

  #compare(): void {
    const appender = this.#agent.appender();
    for (const [name, last] of this.#alive) {
      expect(appender.inOrderAfter(appender.series(labelsOf(name))), name).toBe(last);
    }
    appender.rollback();
  }

  #append(isRolledBack: boolean): void {
    const count = 1 + Math.floor(this.#random() * 20);
    const appender = this.#agent.appender();
    const chosen = Array.from({ length: count }, () => names[Math.floor(this.#random() * names.length)] as string);
    const rows = [...new Set(chosen)].map((name) => ({ name, t: this.#now - Math.floor(this.#random() * 1200) }));
    const columns: AppendColumns = {
      count: rows.length,
      refs: Uint32Array.from(rows, ({ name }) => appender.series(labelsOf(name))),
      t: Float64Array.from(rows, ({ t }) => t),
      v: new Float64Array(rows.length).fill(this.#random()),
      outcomes: new Uint8Array(rows.length),
    };
    // A start may bring a collected series back, with a time that it once had.
    const lasts = rows.map(
      ({ name }, i) => this.#alive.get(name) ?? this.#cameBack(name, appender.inOrderAfter(columns.refs[i]!)),
    );
    appender.append(columns);
    if (isRolledBack) {
      appender.rollback();
      return;
    }
    appender.commit();
    for (const [i, { name, t }] of rows.entries()) {
      const isTaken = t > lasts[i]!;
      expect(columns.outcomes[i]).toBe(isTaken ? appendOutcome.appended : appendOutcome.outOfOrder);
      if (!isTaken) continue;
      this.#alive.set(name, t);
      this.#gone.delete(name);
      this.#written.push(`${name} ${t}`);
    }
  }

  #cameBack(name: string, time: number): number {
    expect(time).toBeLessThanOrEqual(this.#gone.get(name) ?? Number.NEGATIVE_INFINITY);
    return time;
  }

  async #truncate(): Promise<void> {
    await this.#watcher.poll();
    const minTime = this.#now - Math.floor(this.#random() * 20_000);
    const truncated = this.#agent.truncate(minTime);
    // Series go before anything is awaited for long; what is appended meanwhile stays.
    for (const [name, last] of this.#alive) {
      if (last >= minTime) continue;
      this.#alive.delete(name);
      this.#gone.set(name, last);
    }
    this.#append(false);
    await truncated;
    await this.#watcher.poll();
    expect(this.#seen.samplesSeen).toEqual(this.#written);
  }

  async #restart(): Promise<void> {
    await this.#watcher.poll();
    expect(this.#seen.samplesSeen).toEqual(this.#written);
    await this.#watcher.close();
    await this.#agent.close();
    await this.#open();
  }

  /** The process is killed: what was committed stands. Or the power goes: what was not synced may be lost. */
  async #loseLife(): Promise<void> {
    await this.#watcher.close();
    const isPowerLost = this.#random() < 0.5;
    if (isPowerLost) {
      this.#fileSystem.crash();
      for (const [name, last] of this.#alive) this.#gone.set(name, last);
      this.#alive.clear();
    }
    await this.#open(isPowerLost);
  }
}

describe("an agent's store does as its model does", () => {
  for (let seed = 1; seed <= rounds; seed++) {
    test(`seed ${seed}`, { timeout: 60_000 }, () => new Round(seed).run());
  }
});
