// Tells V8 to optimise sooner. A server's code runs some 20 times a second for each path, for as long as it lives: by V8's own
// measure it stays unoptimised for minutes, and costs a fifth more meanwhile (docs/benchmarks.md#ingestion).
import { setFlagsFromString } from "node:v8";

/** An eighth of V8's own: bytes of code that a function runs before it is looked at. */
const interruptBudget = 8448;
/** From this release on V8 has a compiler in between, Maglev; how it fares there is not measured. */
const maglevNodeVersion = 22;

/** For commands that run on; one that ends soon pays for optimised code that it hardly uses. */
export function optimizeEarly(): void {
  if (Number(process.versions.node.split(".")[0]) < maglevNodeVersion) {
    setFlagsFromString(`--interrupt-budget=${interruptBudget}`);
  }
}
