// `narthex tool tsdb list`: the blocks of a data directory.
import { booleanFlag, type FlagTable, parseCommandLine } from "@narthex/service";
import { listBlocks } from "@narthex/tsdb";
import type { Run } from "../../command.js";
import { printBlockRows } from "./block-rows.js";

const table = {
  "human-readable": booleanFlag(false, "Print human readable values.", { short: "r" }),
} satisfies FlagTable;

export const runTsdbList: Run = async ({ name, summary, args }) => {
  const request = { name: `narthex ${name}`, description: summary, table, args };
  const { flags, words } = parseCommandLine({ ...request, words: "[<db path>]" });
  const blocks = listBlocks(words[0] ?? "data/");
  process.stdout.write(printBlockRows(blocks, { isHumanReadable: flags["human-readable"], hasTitles: true }));
  return 0;
};
