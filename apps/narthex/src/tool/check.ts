// `narthex tool check …`: says of each file whether it loads; exit code 1 when one does not.
import { checkConfigFile, checkRuleFile } from "@narthex/server";
import { errorText, UsageError } from "@narthex/service";
import type { Command } from "../command.js";

type Check = (file: string) => readonly string[];

/** `check` returns lines that describe a good file and throws for a bad one. */
function checkCommand(kind: string, summary: string, check: Check): Command {
  return {
    name: `tool check ${kind}`,
    summary,
    async run(args) {
      if (args.includes("--help") || args.includes("-h")) {
        process.stdout.write(`Usage: narthex tool check ${kind} FILE…\n\n${summary}\n`);
        return 0;
      }
      if (args.length === 0) throw new UsageError(`narthex tool check ${kind}: name at least one file`);
      return args.map((file) => checkOne(file, check)).every(Boolean) ? 0 : 1;
    },
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

export const checkConfigCommand: Command = checkCommand(
  "config",
  "Check prometheus.yml files and the rule files they name.",
  checkConfigFile,
);

export const checkRulesCommand: Command = checkCommand("rules", "Check rule files.", checkRuleFile);
