// The `narthex` command: finds the command that the words name, runs it, and turns mistakes into one message and an
// exit code. 0 done, 1 failed, 2 wrong usage; of tools wrong usage is 1 too, as of promtool and amtool.
import { errorText, HelpRequested, UsageError } from "@narthex/service";
import { commandsUnder, findCommand, printCommands } from "./command.js";
import { commands, leadingValueFlags } from "./commands.js";
import { version } from "./version.js";

// The build sets it back after it has used the program: scripts/use-bundle.mjs.
export { Optimization } from "./optimization.js";

/** As of a program that SIGPIPE ends. */
const brokenPipeCode = 141;

const help = `Narthex ${version}: Prometheus' whole system in one command.

Usage: narthex COMMAND [--flag=value …]      narthex COMMAND --help lists its flags

${printCommands(commands)}

Start with: narthex up
`;

async function main(args: readonly string[]): Promise<number> {
  const [first] = args;
  if (first === undefined || first === "help" || first === "--help" || first === "-h") {
    process.stdout.write(help);
    return first === undefined ? 2 : 0;
  }
  if (first === "version") return printVersion();
  // Of any command: Prometheus' programs are asked so, one by one.
  if (args.includes("--version")) return printVersion();
  const found = findCommand(commands, args, leadingValueFlags);
  if (!found) return explainCommands(args);
  const { name, summary, load } = found.command;
  const run = await load();
  return run({ name, summary, args: found.args });
}

function printVersion(): number {
  process.stdout.write(`narthex, version ${version} (node ${process.versions.node})\n`);
  return 0;
}

function isTool(): boolean {
  return process.argv[2] === "tool" || process.argv[2] === "am";
}

/** The commands below the words given, as help or as a mistake. */
function explainCommands(args: readonly string[]): number {
  const words = args.filter((arg) => !arg.startsWith("-") && arg !== "help");
  const near = words.length > 0 ? commandsUnder(commands, words) : [];
  if (near.length === 0) throw new UsageError(`narthex: no command "${words.join(" ")}"; narthex --help lists them`);
  const flag = args.find((arg) => arg.startsWith("-") && arg !== "--help" && arg !== "-h");
  if (flag !== undefined) throw new UsageError(`narthex ${words.join(" ")}: error: unknown flag '${flag}', try --help`);
  const list = printCommands(near);
  if (words.length === args.length) throw new UsageError(`narthex ${words.join(" ")} needs one more word:\n${list}`);
  process.stdout.write(`${list}\n`);
  return 0;
}

function tellFailure(error: unknown): void {
  if (error instanceof HelpRequested) process.stdout.write(error.text);
  else {
    process.stderr.write(`${error instanceof UsageError ? error.message : `narthex: ${errorText(error)}`}\n`);
    process.exitCode = error instanceof UsageError && !isTool() ? error.exitCode : 1;
  }
}

/** Runs what the command line says, until the process ends. */
export function runProgram(): void {
  // Whoever reads the output may have had enough: `… | head`.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(brokenPipeCode);
  });
  main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
  }, tellFailure);
}
