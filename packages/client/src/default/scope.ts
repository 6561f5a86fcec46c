import type { Registry } from "../registry.js";

/** Where the default metrics go. */
export interface DefaultScope {
  readonly registers: readonly [Registry];
  readonly prefix: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly labelNames: readonly string[];
}
