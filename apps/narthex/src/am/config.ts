// `narthex am check-config|config show|config routes show|test|cluster show`.
import { readFileSync } from "node:fs";
import {
  type Config,
  matchingRoutes,
  parseConfig,
  printMatchers,
  type Route,
  readTemplateFiles,
  routeTreeFrom,
} from "@narthex/alertmanager";
import { type Labels, labelsFrom, matchesAll } from "@narthex/model";
import { booleanFlag, errorText, type FlagTable, stringFlag } from "@narthex/service";
import { parseNotificationTemplates } from "@narthex/template";
import type { Run } from "../command.js";
import { type AmServer, type ApiStatus, callApi } from "./api.js";
import { amFlags, matcherParserOf, parseAm } from "./flags.js";
import { printJsonLine, printTable } from "./print.js";

export const runCheckConfig: Run = async (line) => {
  const { flags, words: files } = parseAm(line, amFlags, "[<check-files>...]");
  const parseMatchers = matcherParserOf(flags);
  const failed = (files.length > 0 ? files : ["stdin"]).filter((file) => {
    process.stdout.write(`Checking '${file}'`);
    const isGood = checkOne(() =>
      parseConfig({ file, text: readFileSync(files.length > 0 ? file : 0, "utf8"), parseMatchers }),
    );
    process.stdout.write("\n");
    return !isGood;
  });
  if (failed.length > 0) throw new Error(`failed to validate ${failed.length} file(s)`);
  return 0;
};

function checkOne(load: () => Config): boolean {
  let config: Config;
  try {
    config = load();
  } catch (error) {
    process.stdout.write(`  FAILED: ${errorText(error)}\n`);
    return false;
  }
  const counts = [
    `${config.inhibitRules.length} inhibit rules`,
    `${config.receivers.length} receivers`,
    `${config.templates.length} templates`,
  ];
  process.stdout.write(
    `  SUCCESS\nFound:\n - global config\n - route\n${counts.map((count) => ` - ${count}\n`).join("")}`,
  );
  if (config.templates.length === 0) return true;
  try {
    parseNotificationTemplates(readTemplateFiles(config.templates));
    process.stdout.write("  SUCCESS\n");
    return true;
  } catch (error) {
    process.stdout.write(`  FAILED: ${errorText(error)}\n`);
    return false;
  }
}

export const runConfigShow: Run = async (line) => {
  const { flags } = parseAm(line, amFlags, "");
  const status = await callApi<ApiStatus>(flags, "/status");
  if (flags.output === "json") process.stdout.write(printJsonLine(status));
  else process.stdout.write(`${status.config.original}\n`);
  return 0;
};

const routesTable = {
  ...amFlags,
  "config.file": stringFlag("", "Config file to be tested; the server's own config by default."),
} satisfies FlagTable;

export const runRoutesShow: Run = async (line) => {
  const { flags } = parseAm(line, routesTable, "");
  const root = await routesOf(flags);
  process.stdout.write(`Routing tree:\n.\n${printTree(treeOf(root), "")}\n`);
  return 0;
};

const testTable = {
  ...routesTable,
  "verify.receivers": stringFlag("", "Comma-separated receivers that the labels must lead to, or the command fails."),
  tree: booleanFlag(false, "Prints out matching routes tree."),
} satisfies FlagTable;

export const runRoutesTest: Run = async (line) => {
  const { flags, words } = parseAm(line, testTable, "[<labels>...]");
  const pairs = words.map((word) => matcherParserOf(flags).parseOne(word)).map(({ name, value }) => [name, value]);
  const labels = labelsFrom(Object.fromEntries(pairs) as Record<string, string>);
  const root = await routesOf(flags);
  const receivers = matchingRoutes(root, labels)
    .map(({ receiver }) => receiver)
    .join(",");
  if (flags.tree) process.stdout.write(`Matching routes:\n.\n${printTree(matchingTreeOf(root, labels), "")}\n\n`);
  process.stdout.write(`${receivers}\n`);
  if (flags["verify.receivers"] === "" || flags["verify.receivers"] === receivers) return 0;
  process.stderr.write("WARNING: Expected receivers did not match resolved receivers.\n");
  return 1;
};

async function routesOf(
  flags: AmServer & { readonly "config.file": string; readonly "enable-feature": string },
): Promise<Route> {
  const file = flags["config.file"];
  const text = file === "" ? (await callApi<ApiStatus>(flags, "/status")).config.original : readFileSync(file, "utf8");
  return routeTreeFrom(parseConfig({ file: file || "config", text, parseMatchers: matcherParserOf(flags) }).route);
}

type Tree = { readonly text: string; readonly children: readonly Tree[] };

function treeOf(route: Route): Tree {
  return { text: slugOf(route, { hasContinue: true, hasReceiver: true }), children: route.children.map(treeOf) };
}

/** The way of an alert: where it ends the receiver stands. */
function matchingTreeOf(route: Route, labels: Labels): Tree {
  const children: Tree[] = [];
  for (const child of route.children) {
    if (!matchesAll(child.matchers, labels)) continue;
    children.push(matchingTreeOf(child, labels));
    if (!child.isContinued) break;
  }
  return { text: slugOf(route, { hasContinue: false, hasReceiver: children.length === 0 }), children };
}

function slugOf(route: Route, { hasContinue, hasReceiver }: { hasContinue: boolean; hasReceiver: boolean }): string {
  const parts = [route.matchers.length === 0 ? "default-route" : printMatchers(route.matchers)];
  if (hasContinue && route.isContinued) parts.push("continue: true");
  if (hasReceiver) parts.push(`receiver: ${route.receiver}`);
  return parts.join("  ");
}

function printTree(tree: Tree, indent: string, isLast = true): string {
  const lines = tree.children.map((child, i) =>
    printTree(child, `${indent}${isLast ? "    " : "│   "}`, i === tree.children.length - 1),
  );
  return `${indent}${isLast ? "└── " : "├── "}${tree.text}\n${lines.join("")}`;
}

export const runClusterShow: Run = async (line) => {
  const { flags } = parseAm(line, amFlags, "");
  const { cluster } = await callApi<ApiStatus>(flags, "/status");
  if (flags.output === "json") {
    process.stdout.write(printJsonLine(cluster));
    return 0;
  }
  process.stdout.write(`Cluster Status:  ${cluster.status}\nNode Name:       ${cluster.name ?? ""}\n`);
  const peers = (cluster.peers ?? [])
    .map(({ address, name }) => [address, name])
    .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  if (peers.length > 0) process.stdout.write(`\n${printTable([["Address", "Name"], ...peers])}`);
  return 0;
};
