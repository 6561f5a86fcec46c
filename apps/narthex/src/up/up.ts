// `narthex up`: the whole pipeline in one process. Parts start in the order data passes, node exporter to server,
// and close the other way round, so that the last samples and notifications still find their way.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { alertmanagerFlags, startAlertmanager } from "@narthex/alertmanager";
import { nodeExporterFlags, startNodeExporter } from "@narthex/exporters";
import { printDuration } from "@narthex/model";
import { pushgatewayFlags, startPushgateway } from "@narthex/pushgateway";
import { serverFlags, startServer } from "@narthex/server";
import {
  createLogger,
  type FlagTable,
  type FlagValues,
  type Logger,
  parseAddress,
  parseFlags,
  type RunningService,
  runService,
} from "@narthex/service";
import { nodeFileSystem } from "@narthex/stdx";
import { type DirectoryLock, lockDirectory, systemProcesses } from "@narthex/tsdb";
import type { Run } from "../command.js";
import { Optimization } from "../optimization.js";
import { version } from "../version.js";
import { type ConfigFiles, writeDefaultConfig } from "./default-config.js";
import { reportFirstScrape } from "./first-scrape.js";
import { upFlags } from "./flags.js";
import { reportFoundPrograms } from "./found-programs.js";

type UpValues = FlagValues<typeof upFlags>;
type Part = {
  readonly name: string;
  readonly start: (stopping: AbortSignal) => Promise<RunningService & { urls: readonly string[] }>;
};

export const runUp: Run = ({ name, summary, args }) => {
  const flags = parseFlags({ name: `narthex ${name}`, description: summary, table: upFlags, args });
  const logger = createLogger({ level: flags["log.level"] as "warn", format: flags["log.format"] as "logfmt" });
  return runService({ logger, start: (stopping) => start(flags, { logger, stopping }) });
};

type Daemon = { readonly logger: Logger; readonly stopping: AbortSignal };

async function start(flags: UpValues, { logger, stopping }: Daemon): Promise<RunningService> {
  const started = Date.now();
  const lock = lockStorage(flags["storage.path"]);
  print(`Narthex ${version}: starting …`);
  const running: RunningService[] = [];
  const close = async (): Promise<void> => {
    for (const part of running.splice(0).reverse()) await part.close();
    lock.release();
  };
  let serverUrl = "";
  const optimization = new Optimization();
  optimization.delay();
  let files: ConfigFiles;
  try {
    files = configFiles(flags);
    for (const part of parts(flags, files, { logger, optimization })) {
      stopping.throwIfAborted();
      const one = await part.start(stopping);
      running.push(one);
      serverUrl = one.urls[0] as string;
      print(`  ${part.name.padEnd(15)}${one.urls.join(", ")}`);
    }
  } catch (error) {
    await close();
    throw error;
  }
  optimization.hasten();
  print(`\nConfiguration: ${files.prometheus}, ${files.alertmanager}\nData:          ${flags["storage.path"]}`);
  print(`Open ${serverUrl} (Ctrl-C stops)\n`);
  const stopReport = reportFirstScrape({ serverUrl, started, print });
  const discovers = flags["discover-local"] && flags["config.file"] === "";
  const stopFound = discovers ? reportFoundPrograms({ serverUrl, print }) : undefined;
  return {
    close() {
      stopReport();
      stopFound?.();
      return close();
    },
    async reload() {
      for (const part of running) await part.reload?.();
    },
  };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Before anything is written: a second `up` on one folder would disturb the Alertmanager's files. */
function lockStorage(path: string): DirectoryLock {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new Error(`cannot make the data folder ${path}`, { cause: error });
  }
  return lockDirectory(path, { fileSystem: nodeFileSystem, processes: systemProcesses });
}

function configFiles(flags: UpValues): ConfigFiles {
  const given = { prometheus: flags["config.file"], alertmanager: flags["alertmanager.config.file"] };
  if (given.prometheus !== "" && given.alertmanager !== "") return given;
  const defaults = writeDefaultConfig({
    folder: join(flags["storage.path"], "config"),
    scrapeInterval: printDuration(flags["scrape-interval"]),
    discoversLocal: flags["discover-local"],
    addresses: {
      server: reachable(flags["web.listen-address"]),
      alertmanager: reachable(flags["alertmanager.listen-address"]),
      pushgateway: reachable(flags["pushgateway.listen-address"]),
      node: reachable(flags["node-exporter.listen-address"]),
    },
    slackUrl: flags["slack-url"],
    webhookUrl: flags["webhook-url"],
  });
  return {
    prometheus: given.prometheus || defaults.prometheus,
    alertmanager: given.alertmanager || defaults.alertmanager,
  };
}

/** An address to connect to for one to listen on: every interface becomes localhost. */
function reachable(address: string): string {
  const { host, port } = parseAddress(address);
  const isWildcard = host === undefined || host === "0.0.0.0" || host === "::";
  return `${isWildcard ? "localhost" : host.includes(":") ? `[${host}]` : host}:${port}`;
}

type Surroundings = { readonly logger: Logger; readonly optimization: Optimization };

function parts(flags: UpValues, files: ConfigFiles, { logger, optimization }: Surroundings): Part[] {
  const folder = (name: string): string => join(flags["storage.path"], name);
  const log = (part: string): Logger => logger.child({ part });
  return [
    {
      name: "node exporter",
      start: () =>
        startNodeExporter({
          flags: valuesFor(nodeExporterFlags, [`--web.listen-address=${flags["node-exporter.listen-address"]}`]),
          logger: log("node_exporter"),
        }),
    },
    {
      name: "pushgateway",
      start: () =>
        startPushgateway({
          flags: valuesFor(pushgatewayFlags, [
            `--web.listen-address=${flags["pushgateway.listen-address"]}`,
            `--persistence.file=${folder("pushgateway.db")}`,
          ]),
          logger: log("pushgateway"),
        }),
    },
    {
      name: "alertmanager",
      start: () =>
        startAlertmanager({
          flags: valuesFor(alertmanagerFlags, [
            `--config.file=${files.alertmanager}`,
            `--storage.path=${folder("alertmanager")}`,
            `--web.listen-address=${flags["alertmanager.listen-address"]}`,
          ]),
          logger: log("alertmanager"),
        }),
    },
    {
      name: "server",
      start: (stopping) =>
        startServer({
          stopping,
          flags: valuesFor(serverFlags, [
            `--config.file=${files.prometheus}`,
            `--storage.tsdb.path=${folder("tsdb")}`,
            `--storage.tsdb.retention.time=${flags["storage.retention"]}`,
            `--web.listen-address=${flags["web.listen-address"]}`,
            "--web.enable-lifecycle",
          ]),
          logger: log("server"),
          beforeThread: () => optimization.beAsUsual(),
          beforeShortThread: () => optimization.beforeShortThread(),
          beforeAnswer: () => optimization.beAsUsualBriefly(),
        }),
    },
  ];
}

/** The same path as on the command line, so that a part behaves in `up` as it does alone. */
function valuesFor<T extends FlagTable>(table: T, args: readonly string[]): FlagValues<T> {
  return parseFlags({ name: "narthex up", description: "", table, args });
}
