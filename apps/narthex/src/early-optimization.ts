// Tells V8 to optimise sooner. A server's code runs some 20 times a second for each path, for as long as it lives: by V8's own
// measure it stays unoptimised for minutes, and costs a fifth more meanwhile (docs/benchmarks.md#ingestion).
import { setFlagsFromString } from "node:v8";

/** Bytes of code that a function runs before it is looked at: V8's own, and an eighth of it. */
const interruptBudget = 67_584;
const earlyBudget = 8448;
/** Then all that scrapes run is optimised. Workers that come and go, as those of compaction, would pay for what they hardly use. */
const earlyMs = 5 * 60_000;
/** From this release on V8 has a compiler in between, Maglev; how it fares there is not measured. */
const maglevNodeVersion = 22;

/** For commands that run on, once they are ready: what a start runs is not run again. */
export function optimizeEarly(): void {
  if (Number(process.versions.node.split(".")[0]) >= maglevNodeVersion) return;
  setFlagsFromString(`--interrupt-budget=${earlyBudget}`);
  setTimeout(() => setFlagsFromString(`--interrupt-budget=${interruptBudget}`), earlyMs).unref();
}
