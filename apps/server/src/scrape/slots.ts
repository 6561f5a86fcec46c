// What is known of each line of a target's body, by the SeriesCache's slots: which series it is, and whether that series
// is live, so that a stale marker is written once when it vanishes.
import type { SeriesRef } from "@narthex/model";
import { grown } from "@narthex/stdx";
import { SlotTable } from "./slot-table.js";

/** Of primary slots alone. */
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
  readonly #firstSlots = new SlotTable((slot) => this.refs[slot]!);
  /** All slots of the series that several lines spell, which is rare. */
  readonly #sharedSlots = new Map<SeriesRef, readonly number[]>();

  reserve(slotsEnd: number): void {
    if (slotsEnd <= this.refs.length) return;
    const size = Math.max(slotsEnd, this.refs.length * 2);
    this.refs = grown(this.refs, size);
    this.seenAt = grown(this.seenAt, size);
    this.primary = grown(this.primary, size);
    this.#flags = grown(this.#flags, size);
  }

  isDropped(slot: number): boolean {
    return (this.#flags[slot]! & dropped) !== 0;
  }

  drop(slot: number): void {
    this.#flags[slot] = dropped;
  }

  assign(slot: number, ref: SeriesRef): void {
    const others = this.#slots(ref);
    const primary = others[0] ?? slot;
    this.refs[slot] = ref;
    if (others.length === 0) this.#firstSlots.add(ref, slot);
    else this.#sharedSlots.set(ref, [...others, slot]);
    this.primary[slot] = primary;
    this.seenAt[slot] = 0;
    this.#flags[slot] = 0;
  }

  // The first of them is the primary one, which the table knows.
  #slots(ref: SeriesRef): readonly number[] {
    const first = this.#firstSlots.find(ref);
    return first < 0 ? [] : (this.#sharedSlots.get(ref) ?? [first]);
  }

  /** Forgets a slot. Returns its ref if its series is live and no other slot stands for it, else 0. */
  release(slot: number): SeriesRef {
    const ref = this.refs[slot]!;
    const wasLive = (this.#flags[slot]! & live) !== 0;
    this.#flags[slot] = 0;
    if (ref === 0) return 0;
    const others = this.#slots(ref).filter((other) => other !== slot);
    if (this.primary[slot] === slot) this.#firstSlots.remove(ref);
    this.refs[slot] = 0;
    this.#sharedSlots.delete(ref);
    if (others.length === 0) return wasLive ? ref : 0;
    if (others.length > 1) this.#sharedSlots.set(ref, others);
    if (this.primary[slot] === slot) this.#firstSlots.add(ref, others[0]!);
    for (const other of others) this.primary[other] = others[0]!;
    if (wasLive) this.setLive(others[0]!, true);
    return 0;
  }

  hasSeries(ref: SeriesRef): boolean {
    return this.#firstSlots.find(ref) >= 0;
  }

  /** A live series gets a stale marker when it goes; one with timestamps of its own is not live. REQUIRES: the slot has a series. */
  setLive(slot: number, isLive: boolean): void {
    const primary = this.primary[slot]!;
    const flags = this.#flags[primary]!;
    this.#flags[primary] = isLive ? flags | live : flags & ~live;
  }

  /** Refs of all live series, which are live no more. */
  takeLive(): SeriesRef[] {
    const refs: SeriesRef[] = [];
    for (const primary of this.#firstSlots.slots()) {
      if ((this.#flags[primary]! & live) !== 0) refs.push(this.refs[primary]!);
      this.setLive(primary, false);
    }
    return refs;
  }
}
