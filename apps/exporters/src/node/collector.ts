// What every collector is: a name, whether it runs unless told otherwise, its flags, and a way to open it.
import type { FlagTable, FlagValues, Logger } from "@narthex/service";
import type { FamilyTable } from "./families.js";
import type { Paths } from "./paths.js";

/** What a collector is given. */
export type CollectorScope<T extends FlagTable> = {
  readonly paths: Paths;
  readonly flags: FlagValues<T>;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

/** Adds the collector's families. What it throws fails the collector, not the scrape. */
export type Collect = (table: FamilyTable) => void | Promise<void>;

export type CollectorDeclaration<T extends FlagTable> = {
  /** As in --collector.NAME. */
  readonly name: string;
  readonly isDefault: boolean;
  readonly flags?: T;
  /** Called once, at start; throws for flag values that cannot be. */
  readonly open: (scope: CollectorScope<T>) => Collect;
};

export type Collector = {
  readonly name: string;
  readonly isDefault: boolean;
  readonly flags: FlagTable;
  readonly open: (scope: CollectorScope<FlagTable>) => Collect;
};

// Forgets the type of the flags, so that collectors of all kinds stand in one list.
export function defineCollector<T extends FlagTable>(declaration: CollectorDeclaration<T>): Collector {
  const { name, isDefault, flags, open } = declaration;
  // The exporter opens a collector with the values of the one flag table that holds all collectors' flags.
  return { name, isDefault, flags: flags ?? {}, open: (scope) => open(scope as CollectorScope<T>) };
}

/** The machine has nothing for the collector to report: no such hardware, module or file. Not worth a warning. */
export class NoDataError extends Error {
  override readonly name = "NoDataError";
}
