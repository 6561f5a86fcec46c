#!/usr/bin/env node
// The `narthex` command: finds the command that the words name, runs it, and turns mistakes into one message and an
// exit code. 0 done, 1 failed, 2 wrong usage.
import { errorText, HelpRequested, UsageError } from "@narthex/service";
import { commandsUnder, findCommand, printCommands } from "./command.js";
import { commands } from "./commands.js";
import { version } from "./version.js";

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
  if (first === "--version" || first === "version") {
    process.stdout.write(`narthex, version ${version} (node ${process.versions.node})\n`);
    return 0;
  }
  const command = findCommand(commands, args);
  if (!command) throw new UsageError(unknownCommand(args));
  const run = await command.load();
  const { name, summary } = command;
  return run({ name, summary, args: args.slice(name.split(" ").length) });
}

function unknownCommand(args: readonly string[]): string {
  const words = args.filter((arg) => !arg.startsWith("-"));
  const near = words.length > 0 ? commandsUnder(commands, words) : [];
  if (near.length > 0) return `narthex ${words.join(" ")} needs one more word:\n${printCommands(near)}`;
  return `narthex: no command "${words.join(" ")}"; narthex --help lists them`;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof HelpRequested) process.stdout.write(error.text);
  else {
    process.stderr.write(`${error instanceof UsageError ? error.message : `narthex: ${errorText(error)}`}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
