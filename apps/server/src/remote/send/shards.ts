// The shards of one queue: lanes that send side by side, each one batch after the other. A series has one lane, so its rows
// arrive in order. Comes from: send/queue-manager. Goes to: send/delivery.
// When their number changes nothing is flushed and nothing is given up: requests on their way end, what waits moves to the
// new lanes, and all go on. So a remote that is down costs no rows, however often it is resharded.
import type { AttachedExemplar } from "@narthex/formats";
import type { Clock } from "@narthex/stdx";
import type { SampleRows, WalPosition } from "@narthex/tsdb";
import { manyListeners } from "../../many-listeners.js";
import { Batch, isBefore, type Row } from "./batch.js";

export type ShardsOptions = {
  readonly shards: number;
  /** Rows that wait in one shard. */
  readonly capacity: number;
  readonly batchRowsMax: number;
  /** A batch that is not full is sent after this time. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  /**
   * Sends the batch, however long it takes; false where it ended because the signal was aborted, and the rows still wait.
   * Requests on their way are not broken off by it.
   */
  readonly deliver: (batch: Batch, signal: AbortSignal) => Promise<boolean>;
  /** The rows of a batch do not wait any more. */
  readonly onDone: (batch: Batch) => void;
};

type Shard = {
  /** Not full yet. */
  open: Batch;
  readonly full: Batch[];
  sending: Batch | undefined;
  /** The open batch is sent as it is. */
  isDue: boolean;
  cancelDeadline: () => void;
  /** Ends when it has nothing to send or is held. */
  work: Promise<void>;
  isAtWork: boolean;
};

export class Shards {
  readonly #options: ShardsOptions;
  #shards: Shard[];
  #isHeld = false;
  #isFlushing = false;
  #holding = manyListeners(new AbortController());
  readonly #spare: Batch[] = [];
  #onRoom: (() => void)[] = [];

  constructor(options: ShardsOptions) {
    this.#options = options;
    this.#shards = newShards(options.shards);
  }

  get count(): number {
    return this.#shards.length;
  }

  get isEmpty(): boolean {
    return this.#shards.every(({ open, full, sending }) => open.count === 0 && full.length === 0 && !sending);
  }

  /** Of all rows that wait, where the earliest stands in the log; undefined where none does. */
  oldestPosition(): WalPosition | undefined {
    let oldest: WalPosition | undefined;
    for (const { open, full, sending } of this.#shards) {
      for (const { position } of [open, ...full, ...(sending ? [sending] : [])]) {
        if (position && (!oldest || isBefore(position, oldest))) oldest = position;
      }
    }
    return oldest;
  }

  /** False where the series' shard has no room. */
  addSample(series: number, rows: SampleRows, { i, position }: { i: number; position: WalPosition }): boolean {
    const shard = this.#shardOf(series);
    if (!this.#hasRoom(shard)) return false;
    shard.open.addSample(series, rows, i);
    shard.open.begin(position);
    this.#afterAdd(shard);
    return true;
  }

  /** False where the series' shard has no room. */
  add(row: Row, position: WalPosition): boolean {
    const shard = this.#shardOf(row.series);
    if (!this.#hasRoom(shard)) return false;
    shard.open.add(row, position);
    this.#afterAdd(shard);
    return true;
  }

  /** Attaches exemplars to the newest row of the series that is not on its way; false where there is none. */
  attach(series: number, exemplars: readonly AttachedExemplar[]): boolean {
    const { open, full } = this.#shardOf(series);
    for (const batch of [open, full.at(-1)]) {
      const row = batch?.lastRowOf(series) ?? -1;
      if (row < 0) continue;
      batch?.attach(row, exemplars);
      return true;
    }
    return false;
  }

  /** Resolves when a shard has sent something, or all ends. */
  room(): Promise<void> {
    return new Promise((resolve) => this.#onRoom.push(resolve));
  }

  /** Resolves when the rows have moved; they go on being sent. REQUIRES: no other resharding is at work. */
  async reshard(count: number): Promise<void> {
    const before = await this.#hold();
    this.#shards = newShards(count);
    for (const shard of before) {
      for (const batch of [...shard.full, shard.open]) this.#move(batch);
    }
    this.#isHeld = false;
    for (const shard of this.#shards) this.#start(shard);
    this.#giveRoom();
  }

  /** Sends all that waits; resolves when nothing does, or at once where it is held. */
  async flush(): Promise<void> {
    this.#isFlushing = true;
    for (const shard of this.#shards) this.#start(shard);
    await Promise.all(this.#shards.map(({ work }) => work));
  }

  /** Ends sending: what waits stays. Resolves when the requests on their way have ended. */
  async stop(): Promise<void> {
    await this.#hold();
    this.#giveRoom();
  }

  async #hold(): Promise<readonly Shard[]> {
    this.#isHeld = true;
    this.#holding.abort();
    const shards = this.#shards;
    await Promise.all(shards.map(({ work }) => work));
    this.#holding = manyListeners(new AbortController());
    for (const { cancelDeadline } of shards) cancelDeadline();
    return shards;
  }

  #shardOf(series: number): Shard {
    return this.#shards[series % this.#shards.length]!;
  }

  #hasRoom({ open, full }: Shard): boolean {
    const { capacity, batchRowsMax } = this.#options;
    return full.length * batchRowsMax + open.count < Math.max(capacity, batchRowsMax);
  }

  #afterAdd(shard: Shard): void {
    const { batchRowsMax, deadlineMs, clock } = this.#options;
    if (shard.open.count >= batchRowsMax) {
      this.#fill(shard);
      this.#start(shard);
    } else if (shard.open.count === 1) {
      shard.cancelDeadline = clock.after(deadlineMs, () => {
        shard.isDue = true;
        this.#start(shard);
      });
    }
  }

  #fill(shard: Shard): void {
    shard.cancelDeadline();
    shard.isDue = false;
    shard.full.push(shard.open);
    shard.open = this.#spare.pop() ?? new Batch();
  }

  #move(batch: Batch): void {
    for (let i = 0; i < batch.count; i++) {
      const row = batch.rowAt(i);
      const shard = this.#shardOf(row.series);
      shard.open.add(row, batch.position as WalPosition);
      this.#afterAdd(shard);
    }
    this.#keepSpare(batch);
  }

  #start(shard: Shard): void {
    if (shard.isAtWork || this.#isHeld) return;
    shard.isAtWork = true;
    shard.work = this.#sendAll(shard);
  }

  async #sendAll(shard: Shard): Promise<void> {
    for (let batch = this.#next(shard); batch; batch = this.#next(shard)) {
      shard.sending = batch;
      const isDone = await this.#options.deliver(batch, this.#holding.signal);
      shard.sending = undefined;
      if (!isDone) {
        shard.full.unshift(batch);
        break;
      }
      this.#options.onDone(batch);
      this.#keepSpare(batch);
      this.#giveRoom();
    }
    // In the same turn as the last look, so that no row comes between.
    shard.isAtWork = false;
  }

  #next(shard: Shard): Batch | undefined {
    if (this.#isHeld) return undefined;
    if (shard.full.length === 0 && shard.open.count > 0 && (shard.isDue || this.#isFlushing)) this.#fill(shard);
    return shard.full.shift();
  }

  #keepSpare(batch: Batch): void {
    batch.clear();
    if (this.#spare.length < this.#shards.length) this.#spare.push(batch);
  }

  #giveRoom(): void {
    for (const resolve of this.#onRoom.splice(0)) resolve();
  }
}

function newShards(count: number): Shard[] {
  return Array.from({ length: count }, () => ({
    open: new Batch(),
    full: [],
    sending: undefined,
    isDue: false,
    cancelDeadline: () => {},
    work: Promise.resolve(),
    isAtWork: false,
  }));
}
