// Remembers what each integration was last told about each alert group, in memory and in the file `nflog`.
// Comes from: notify, after a notification was accepted. Goes to: notify/dedup.
// An entry reaches the operating system before `record` returns, so a killed process does not notify twice; it is
// made durable against power loss within `syncDelayMs`.
import type { Clock } from "@narthex/stdx";
import type { EntryFile } from "../disk/entry-file.js";
import { encodeEntry } from "./codec.js";
import { entryKey, type NotificationEntry, type ReceiverKey } from "./entry.js";

const syncDelayMs = 1000;

export interface NotificationLogOptions {
  readonly file: EntryFile;
  /** What the file held, oldest first. */
  readonly stored: readonly NotificationEntry[];
  readonly clock: Clock;
  readonly retentionMs: number;
  /** Hears of a failed sync, which no caller waits for. */
  readonly onError: (error: Error) => void;
}

export class NotificationLog {
  readonly #options: NotificationLogOptions;
  readonly #byKey = new Map<string, NotificationEntry>();
  #cancelSync: (() => void) | undefined;

  constructor(options: NotificationLogOptions) {
    this.#options = options;
    for (const entry of options.stored) this.#remember(entry);
    this.#dropExpired();
  }

  get size(): number {
    return this.#byKey.size;
  }

  find(groupKey: string, receiver: ReceiverKey): NotificationEntry | undefined {
    const entry = this.#byKey.get(entryKey(groupKey, receiver));
    return entry && entry.expiresAt > this.#options.clock.now() ? entry : undefined;
  }

  /** `lifetimeMs` beyond retention is cut to it; 0 means retention. */
  record(told: Omit<NotificationEntry, "timestamp" | "expiresAt">, lifetimeMs: number): void {
    const now = this.#options.clock.now();
    // A group key that is never used again must not stay for the whole retention: twice the repeat interval is enough.
    const { retentionMs } = this.#options;
    const keptMs = lifetimeMs > 0 ? Math.min(lifetimeMs, retentionMs) : retentionMs;
    const entry = { ...told, timestamp: now, expiresAt: now + keptMs };
    this.#options.file.append(encodeEntry(entry));
    this.#remember(entry);
    this.#cancelSync ??= this.#options.clock.after(syncDelayMs, () => this.#sync());
  }

  /** Forgets expired entries and rewrites the file without what was overwritten. Returns how many went. */
  maintain(): number {
    const dropped = this.#dropExpired();
    this.#options.file.rewrite([...this.#byKey.values()].map(encodeEntry));
    return dropped;
  }

  close(): void {
    this.#cancelSync?.();
    this.#cancelSync = undefined;
    this.#options.file.close();
  }

  #sync(): void {
    this.#cancelSync = undefined;
    try {
      this.#options.file.sync();
    } catch (error) {
      this.#options.onError(error as Error);
    }
  }

  #remember(entry: NotificationEntry): void {
    const key = entryKey(entry.groupKey, entry.receiver);
    const known = this.#byKey.get(key);
    if (!known || known.timestamp <= entry.timestamp) this.#byKey.set(key, entry);
  }

  #dropExpired(): number {
    const now = this.#options.clock.now();
    let count = 0;
    for (const [key, entry] of this.#byKey) {
      if (entry.expiresAt > now) continue;
      this.#byKey.delete(key);
      count++;
    }
    return count;
  }
}
