// Tells V8 when to optimise. A start and a compaction run code for a second that is then not run for hours: by V8's own measure half as much
// CPU again goes to optimising it (docs/benchmarks.md#start). A server's other code runs some 20 times a second for each path, for as long as it
// lives: by V8's own measure it stays unoptimised for minutes, and costs a fifth more meanwhile (docs/benchmarks.md#ingestion).
import { setFlagsFromString } from "node:v8";

/** Bytes of code that a function runs before it is looked at. V8's own is the one that the bundle's compiled code fits. */
const interruptBudgets = { start: 1_081_344, own: 67_584, short: 270_336, early: 8448 };
/** Then all that scrapes run is optimised. */
const earlyMs = 5 * 60_000;
/** Longer queries are worth optimising from then on. */
const briefMs = 8;
/** From this release on V8 has a compiler in between, Maglev; how it fares there is not measured. */
const maglevNodeVersion = 22;

/** To be told what becomes of it. */
export interface ShortThread {
  loaded(): void;
  ended(): void;
}

/** Of a process; V8 has one budget for all of its threads. */
export class Optimization {
  #steady = interruptBudgets.own;
  /** Who wants V8's own. */
  readonly #usual = new Set<object>();
  /** Threads that live for a second. */
  readonly #short = new Set<object>();
  /** While it runs, early is V8's own. */
  #brief: NodeJS.Timeout | undefined;
  readonly #isOurs = Number(process.versions.node.split(".")[0]) < maglevNodeVersion;

  /** While a command starts, when its parts have been loaded. */
  delay(): void {
    this.#setSteady(interruptBudgets.start);
  }

  /** For commands that run on, once they are ready. */
  hasten(): void {
    this.#setSteady(interruptBudgets.early);
    setTimeout(() => this.#setSteady(interruptBudgets.own), earlyMs).unref();
  }

  /** Until what it returns is called; for threads that load parts, or come and go and would pay for what they hardly use. */
  beAsUsual(): () => void {
    const user = {};
    this.#usual.add(user);
    this.#apply();
    return () => {
      this.#usual.delete(user);
      this.#apply();
    };
  }

  /**
   * For some milliseconds from now on, where it would be early: before an answer is made. Of most questions some of a kind are asked; optimising
   * what they run takes longer than they do (docs/decisions/0025-answers-optimised-late.md).
   */
  beAsUsualBriefly(): void {
    if (!this.#isOurs || this.#steady !== interruptBudgets.early) return;
    if (this.#brief) {
      this.#brief.refresh();
      return;
    }
    this.#brief = setTimeout(() => {
      this.#brief = undefined;
      this.#applyBudget();
    }, briefMs).unref();
    this.#applyBudget();
  }

  /**
   * For a thread that does its work within a second: V8's own while it loads parts, then four times that, until it has ended. Sixteen times
   * leaves loops slow whose optimisation pays (docs/benchmarks.md#compaction).
   */
  beforeShortThread(): ShortThread {
    const endUsual = this.beAsUsual();
    const thread = {
      loaded: () => {
        this.#short.add(thread);
        endUsual();
      },
      ended: () => {
        this.#short.delete(thread);
        endUsual();
      },
    };
    return thread;
  }

  #setSteady(budget: number): void {
    this.#steady = budget;
    this.#apply();
  }

  #apply(): void {
    if (!this.#isOurs) return;
    this.#applyBudget();
    const budget = this.#budgetOf(this.#steady);
    // When a process is calm after its start V8 collects garbage twice; the second time, 0.06 s, finds next to nothing.
    const once = budget === interruptBudgets.own ? "--no-memory-reducer-single-gc" : "--memory-reducer-single-gc";
    setFlagsFromString(once);
    // What a start makes stays: room for young objects that grows with it lies idle from then on, up to 24 MiB of a server's.
    setFlagsFromString(`--semi-space-growth-factor=${budget === interruptBudgets.start ? 1 : 2}`);
  }

  /** Of V8's options the one that changes often: each takes microseconds. */
  #applyBudget(): void {
    const steady = this.#brief ? interruptBudgets.own : this.#steady;
    setFlagsFromString(`--interrupt-budget=${this.#budgetOf(steady)}`);
  }

  #budgetOf(steady: number): number {
    const others = this.#short.size > 0 ? interruptBudgets.short : steady;
    return this.#usual.size > 0 ? interruptBudgets.own : others;
  }
}
