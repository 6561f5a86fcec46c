// Holds all silences, in memory and in the file `silences`. Comes from: api, peers. Goes to: notify/mute, api.
// A change is durable before the caller hears of it; expired silences stay for the retention time, then are forgotten.
import { type Labels, matchesAll } from "@narthex/model";
import type { Clock } from "@narthex/stdx";
import type { EntryFile } from "../disk/entry-file.js";
import { encodeStoredSilence, type StoredSilence } from "./codec.js";
import {
  canUpdate,
  checkSilence,
  type Silence,
  type SilenceDraft,
  SilenceInvalidError,
  SilenceNotFoundError,
  type SilenceState,
  silenceState,
} from "./silence.js";

export interface SilenceStoreOptions {
  readonly file: EntryFile;
  /** What the file held, oldest first. */
  readonly stored: readonly StoredSilence[];
  readonly clock: Clock;
  readonly retentionMs: number;
  /** Silences of all states together; 0 is no limit. */
  readonly silencesMax: number;
  /** Of one silence, as it stands on disk; 0 is no limit. */
  readonly silenceBytesMax: number;
  /** A UUID. */
  readonly newId: () => string;
}

export class SilenceStore {
  readonly #options: SilenceStoreOptions;
  readonly #clock: Clock;
  readonly #byId = new Map<string, StoredSilence>();
  // Those that may still silence something; expired ones leave it when they are next looked at.
  readonly #live = new Map<string, Silence>();

  constructor(options: SilenceStoreOptions) {
    this.#options = options;
    this.#clock = options.clock;
    for (const stored of options.stored) this.#remember(stored);
    this.#dropForgettable();
  }

  get size(): number {
    return this.#byId.size;
  }

  /** The id the silence has from now on. Throws SilenceNotFoundError and SilenceInvalidError. */
  set(asked: SilenceDraft): string {
    const now = this.#clock.now();
    const old = asked.id === "" ? undefined : this.find(asked.id);
    if (asked.id !== "" && !old) throw new SilenceNotFoundError();
    checkSilence(asked);
    if (old && canUpdate(old, asked, now)) return this.#write({ ...asked, updatedAt: now });
    const max = this.#options.silencesMax;
    if (max > 0 && this.size + 1 > max) {
      throw new SilenceInvalidError(`exceeded maximum number of silences: ${this.size} (limit: ${max})`);
    }
    const startsAt = Math.max(asked.startsAt, now);
    const created: Silence = { ...asked, id: this.#options.newId(), startsAt, updatedAt: now };
    checkSilence(created);
    this.#checkSize(created);
    if (old) this.#expire(old, now);
    return this.#write(created);
  }

  /** Ends the silence now; content if it has ended. Throws SilenceNotFoundError. */
  expire(id: string): void {
    const silence = this.find(id);
    if (!silence) throw new SilenceNotFoundError();
    this.#expire(silence, this.#clock.now());
  }

  find(id: string): Silence | undefined {
    return this.#byId.get(id)?.silence;
  }

  all(): Silence[] {
    return [...this.#byId.values()].map((stored) => stored.silence);
  }

  /** Ids of the active silences that match, sorted. */
  silencing(labels: Labels): string[] {
    const now = this.#clock.now();
    const ids: string[] = [];
    for (const [id, silence] of this.#live) {
      const state = silenceState(silence, now);
      if (state === "expired") this.#live.delete(id);
      else if (state === "active" && silence.matcherSets.some((set) => matchesAll(set, labels))) ids.push(id);
    }
    return ids.sort();
  }

  countByState(): Record<SilenceState, number> {
    const now = this.#clock.now();
    const counts = { pending: 0, active: 0, expired: 0 };
    for (const { silence } of this.#byId.values()) counts[silenceState(silence, now)]++;
    return counts;
  }

  /** Forgets what is past retention and rewrites the file without what was overwritten. Returns how many went. */
  maintain(): number {
    const forgotten = this.#dropForgettable();
    this.#options.file.rewrite([...this.#byId.values()].map(encodeStoredSilence));
    return forgotten;
  }

  close(): void {
    this.#options.file.close();
  }

  #expire(silence: Silence, now: number): void {
    const state = silenceState(silence, now);
    if (state === "expired") return;
    const startsAt = state === "pending" ? now : silence.startsAt;
    this.#write({ ...silence, startsAt, endsAt: now, updatedAt: now });
  }

  #write(silence: Silence): string {
    const encoded = this.#checkSize(silence);
    this.#options.file.append(encoded);
    this.#options.file.sync();
    this.#remember(this.#withExpiry(silence));
    return silence.id;
  }

  #checkSize(silence: Silence): Uint8Array {
    const encoded = encodeStoredSilence(this.#withExpiry(silence));
    const max = this.#options.silenceBytesMax;
    if (max > 0 && encoded.length > max) {
      throw new SilenceInvalidError(`silence exceeded maximum size: ${encoded.length} bytes (limit: ${max} bytes)`);
    }
    return encoded;
  }

  #withExpiry(silence: Silence): StoredSilence {
    return { silence, expiresAt: silence.endsAt + this.#options.retentionMs };
  }

  // Peers and files may bring versions in any order: the later change wins.
  #remember(stored: StoredSilence): void {
    const { silence } = stored;
    const known = this.find(silence.id);
    if (known && known.updatedAt > silence.updatedAt) return;
    this.#byId.set(silence.id, stored);
    if (silenceState(silence, this.#clock.now()) === "expired") this.#live.delete(silence.id);
    else this.#live.set(silence.id, silence);
  }

  #dropForgettable(): number {
    const now = this.#clock.now();
    let count = 0;
    for (const [id, stored] of this.#byId) {
      if (stored.expiresAt > now) continue;
      this.#byId.delete(id);
      this.#live.delete(id);
      count++;
    }
    return count;
  }
}
