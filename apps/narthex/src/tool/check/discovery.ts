// `narthex tool check service-discovery`: runs a job's providers once and prints what becomes of each target, as JSON.
import { checkDiscovery } from "@narthex/server";
import { createLogger, durationFlag, errorText, type FlagTable, parseCommandLine } from "@narthex/service";
import { systemClock } from "@narthex/stdx";
import type { Run } from "../../command.js";
import { printGoJson } from "../go-json.js";

const table = {
  timeout: durationFlag("30s", "The time to wait for discovery results."),
} satisfies FlagTable;

export const runCheckDiscovery: Run = async ({ name, summary, args }) => {
  const request = { name: `narthex ${name}`, description: summary, table, args };
  const { flags, words } = parseCommandLine({ ...request, words: "<config-file> <job>" });
  const [file, job] = words as [string, string];
  const logger = createLogger({ level: "error", format: "logfmt" });
  try {
    const targets = await checkDiscovery({ file, job, timeoutMs: flags.timeout, clock: systemClock, logger });
    process.stdout.write(printGoJson(targets, "  "));
    return 0;
  } catch (error) {
    process.stderr.write(`${errorText(error)}\n`);
    return 1;
  }
};
