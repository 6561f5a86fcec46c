// Starts the Pushgateway: what was kept, the store, the socket.
import { type HttpListener, type Logger, listenHttp, UsageError } from "@narthex/service";
import { type Clock, nodeFileSystem, systemClock } from "@narthex/stdx";
import type { PushgatewayValues } from "./flags.js";
import { createOwnMetrics, learnNames } from "./http/metrics.js";
import { addRoutes } from "./http/routes.js";
import { Keeper } from "./persistence/keeper.js";
import { GroupStore } from "./store/store.js";

export type StartPushgateway = {
  readonly flags: PushgatewayValues;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Called for /-/quit; when absent, the process gets the signal to stop. */
  readonly quit?: () => void;
};

export type RunningPushgateway = {
  readonly urls: readonly string[];
  close(): Promise<void>;
};

/** Throws UsageError for flag values that cannot be, and an Error where the address is taken. */
export async function startPushgateway(options: StartPushgateway): Promise<RunningPushgateway> {
  const { flags, logger, clock = systemClock } = options;
  if (flags["web.systemd-socket"]) throw new UsageError("--web.systemd-socket is not supported");
  const prefix = routePrefix(flags);
  const metrics = createOwnMetrics();
  await learnNames(metrics);
  const keeper = new Keeper({
    file: flags["persistence.file"],
    intervalMs: flags["persistence.interval"],
    clock,
    fileSystem: nodeFileSystem,
    logger,
  });
  const store = new GroupStore({
    clock,
    isChecked: !flags["push.disable-consistency-check"],
    groupsMax: flags["push.max-groups"],
    seriesMax: flags["push.max-series"],
    ownTypes: () => metrics.types,
    onChange: () => keeper.noteChange(),
  });
  for (const group of keeper.open(() => store.groups)) store.restore(group);
  const quit = options.quit ?? (() => void process.kill(process.pid, "SIGTERM"));
  const gateway = { store, metrics, flags, logger, startTime: clock.now(), prefix, quit };
  const listener = await listenHttp({
    addresses: flags["web.listen-address"],
    logger,
    bodyBytesMax: flags["push.max-body-size"],
    routes: (app) => addRoutes(app, gateway),
    ...(flags["web.config.file"] === "" ? {} : { webConfigFile: flags["web.config.file"] }),
  });
  return { urls: listener.urls, close: () => close(listener, keeper, metrics.close) };
}

async function close(listener: HttpListener, keeper: Keeper, closeMetrics: () => void): Promise<void> {
  try {
    await listener.close();
  } finally {
    closeMetrics();
    keeper.close();
  }
}

/** "" or "/prefix", without a slash at the end. */
function routePrefix(flags: PushgatewayValues): string {
  const external = flags["web.external-url"];
  const path = flags["web.route-prefix"] || (external === "" ? "" : pathOf(external));
  const trimmed = path.replace(/^\/+|\/+$/g, "");
  return trimmed === "" ? "" : `/${trimmed}`;
}

function pathOf(url: string): string {
  if (!URL.canParse(url)) throw new UsageError(`--web.external-url: ${JSON.stringify(url)} is no URL`);
  return new URL(url).pathname;
}
