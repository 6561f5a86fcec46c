// `narthex tool check …`: says of each file whether it loads; exit code 1 when one does not.
import { checkConfigFile, checkRuleFile } from "@narthex/server";
import { errorText, UsageError } from "@narthex/service";
import type { Run } from "../command.js";

type Check = (file: string) => readonly string[];

/** `check` returns lines that describe a good file and throws for a bad one. */
function runCheck(check: Check): Run {
  return async ({ name, summary, args }) => {
    if (args.includes("--help") || args.includes("-h")) {
      process.stdout.write(`Usage: narthex ${name} FILE…\n\n${summary}\n`);
      return 0;
    }
    if (args.length === 0) throw new UsageError(`narthex ${name}: name at least one file`);
    return args.map((file) => checkOne(file, check)).every(Boolean) ? 0 : 1;
  };
}

function checkOne(file: string, check: Check): boolean {
  process.stdout.write(`Checking ${file}\n`);
  try {
    for (const line of check(file)) process.stdout.write(`  SUCCESS: ${line}\n`);
    return true;
  } catch (error) {
    process.stderr.write(`  FAILED:\n${errorText(error).replace(/^/gm, "    ")}\n`);
    return false;
  }
}

export const runCheckConfig: Run = runCheck(checkConfigFile);
export const runCheckRules: Run = runCheck(checkRuleFile);
