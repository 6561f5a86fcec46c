// What is known of each line of a target's body, by the SeriesCache's slots: which series it is, and whether that series
// is live, so that a stale marker is written once when it vanishes.
import type { SeriesRef } from "@narthex/model";

const live = 1;
const dropped = 2;

/** Slots are small integers; a slot with ref 0 is new or dropped. */
export class SeriesSlots {
  refs: Uint32Array = new Uint32Array(64);
  /** Scrape at which the slot's series was seen last; for duplicates within one scrape. */
  seenAt: Uint32Array = new Uint32Array(64);
  /** The slot that stands for the series where two lines spell one series; mostly the slot itself. */
  primary: Uint32Array = new Uint32Array(64);
  #flags: Uint8Array = new Uint8Array(64);
  /** Slots of each series; a list only where several lines spell one, which is rare: a list per series is memory lost. */
  readonly #slotsOf = new Map<SeriesRef, number | number[]>();

  reserve(slotsEnd: number): void {
    if (slotsEnd <= this.refs.length) return;
    const size = Math.max(slotsEnd, this.refs.length * 2);
    this.refs = grown(this.refs, size);
    this.seenAt = grown(this.seenAt, size);
    this.primary = grown(this.primary, size);
    const flags = new Uint8Array(size);
    flags.set(this.#flags);
    this.#flags = flags;
  }

  isDropped(slot: number): boolean {
    return (this.#flags[slot]! & dropped) !== 0;
  }

  drop(slot: number): void {
    this.#flags[slot] = dropped;
  }

  assign(slot: number, ref: SeriesRef): void {
    const others = this.#slotsOf.get(ref);
    if (others === undefined) this.#slotsOf.set(ref, slot);
    else if (typeof others === "number") this.#slotsOf.set(ref, [others, slot]);
    else others.push(slot);
    const primary = this.#slots(ref)[0]!;
    this.refs[slot] = ref;
    this.primary[slot] = primary;
    this.seenAt[slot] = 0;
    this.#flags[slot] = primary === slot ? 0 : this.#flags[primary]!;
  }

  #slots(ref: SeriesRef): readonly number[] {
    const slots = this.#slotsOf.get(ref);
    if (slots === undefined) return [];
    return typeof slots === "number" ? [slots] : slots;
  }

  /** Forgets a slot. Returns its ref if its series is live and no other slot stands for it, else 0. */
  release(slot: number): SeriesRef {
    const ref = this.refs[slot]!;
    const wasLive = (this.#flags[slot]! & live) !== 0;
    this.refs[slot] = 0;
    this.#flags[slot] = 0;
    if (ref === 0) return 0;
    const others = this.#slots(ref).filter((other) => other !== slot);
    if (others.length === 0) {
      this.#slotsOf.delete(ref);
      return wasLive ? ref : 0;
    }
    this.#slotsOf.set(ref, others);
    for (const other of others) this.primary[other] = others[0]!;
    return 0;
  }

  hasSeries(ref: SeriesRef): boolean {
    return this.#slotsOf.has(ref);
  }

  /** A live series gets a stale marker when it goes; one with timestamps of its own is not live. */
  setLive(slot: number, isLive: boolean): void {
    const flags = this.#flags[slot]!;
    this.#flags[slot] = isLive ? flags | live : flags & ~live;
  }

  isLive(slot: number): boolean {
    return (this.#flags[slot]! & live) !== 0;
  }

  /** Refs of all live series, which are live no more. */
  takeLive(): SeriesRef[] {
    const refs: SeriesRef[] = [];
    for (const ref of this.#slotsOf.keys()) {
      const slots = this.#slots(ref);
      if (slots.some((slot) => this.isLive(slot))) refs.push(ref);
      for (const slot of slots) this.setLive(slot, false);
    }
    return refs;
  }
}

function grown(values: Uint32Array, size: number): Uint32Array {
  const larger = new Uint32Array(size);
  larger.set(values);
  return larger;
}
