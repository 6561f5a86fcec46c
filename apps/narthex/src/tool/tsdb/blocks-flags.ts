// Flags of `narthex tool tsdb create-blocks-from …`, and how what was made is told.
import { booleanFlag, type FlagSpec } from "@narthex/service";
import { type BlockImporter, listBlocks } from "@narthex/tsdb";
import { printBlockRows } from "./block-rows.js";

type BlocksFlags = {
  readonly "human-readable": FlagSpec<boolean>;
  readonly quiet: FlagSpec<boolean>;
};

export const blocksFlags: BlocksFlags = {
  "human-readable": booleanFlag(false, "Print human readable values.", { short: "r" }),
  quiet: booleanFlag(false, "Do not print created blocks.", { short: "q" }),
};

export type Reporting = { readonly directory: string; readonly isHumanReadable: boolean; readonly isQuiet: boolean };

/** Writes the blocks and prints a row for each when it is there. */
export function finishBlocks(importer: BlockImporter, { directory, isHumanReadable, isQuiet }: Reporting): void {
  let hasTitles = true;
  for (const { ulid } of importer.finish()) {
    if (isQuiet) continue;
    const block = listBlocks(directory).filter(({ meta }) => meta.ulid === ulid);
    process.stdout.write(printBlockRows(block, { isHumanReadable, hasTitles }));
    hasTitles = false;
  }
}
