#!/usr/bin/env node
// The `narthex` command: finds the command that the words name, runs it, and turns mistakes into one message and an
// exit code. 0 done, 1 failed, 2 wrong usage.
import { alertmanagerFlags, startAlertmanager } from "@narthex/alertmanager";
import { nodeExporterFlags, startNodeExporter } from "@narthex/exporters";
import { pushgatewayFlags, startPushgateway } from "@narthex/pushgateway";
import { serverFlags, startServer } from "@narthex/server";
import { errorText, HelpRequested, UsageError } from "@narthex/service";
import { type Command, commandsUnder, findCommand, printCommands } from "./command.js";
import { serviceCommand } from "./service-command.js";
import { checkConfigCommand, checkRulesCommand } from "./tool/check.js";
import { queryInstantCommand, queryRangeCommand } from "./tool/query.js";
import { testRulesCommand } from "./tool/test-rules.js";
import { upCommand } from "./up/up.js";
import { version } from "./version.js";

const commands: readonly Command[] = [
  upCommand,
  serviceCommand({
    name: "server",
    summary: "Run the server: scrape, store, query, evaluate rules (prometheus).",
    flags: serverFlags,
    start: startServer,
  }),
  serviceCommand({
    name: "alertmanager",
    summary: "Run the Alertmanager: group, silence, notify (alertmanager).",
    flags: alertmanagerFlags,
    start: startAlertmanager,
  }),
  serviceCommand({
    name: "pushgateway",
    summary: "Run the Pushgateway for batch jobs (pushgateway).",
    flags: pushgatewayFlags,
    start: startPushgateway,
  }),
  serviceCommand({
    name: "exporter node",
    summary: "Run the node exporter for this machine's metrics (node_exporter).",
    flags: nodeExporterFlags,
    start: startNodeExporter,
  }),
  checkConfigCommand,
  checkRulesCommand,
  queryInstantCommand,
  queryRangeCommand,
  testRulesCommand,
];

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
  return command.run(args.slice(command.name.split(" ").length));
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
