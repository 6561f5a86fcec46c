// The HTTP side of a server or an agent: its endpoints, pages and profiles on a listener.
// Comes from: api/server, agent/routes.
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { addProfiling, errorText, type HttpListener, listenHttp } from "@narthex/service";
import type { ServerContext } from "../context.js";
import { addTracing } from "../tracing/requests.js";
import { addAlertmanagerProxy, type ProxyOptions } from "./alertmanager-proxy.js";
import { httpMetrics } from "./http-metrics.js";
import type { Readiness } from "./respond.js";
import type { Route } from "./route.js";
import { addRoutes } from "./routes.js";
import { addUi, addUserAssets } from "./ui.js";

export type Served = {
  readonly routes: readonly Route[];
  readonly readiness: () => Readiness;
  readonly alertmanagers: ProxyOptions["alertmanagers"];
};

/** Where `npm run build` leaves the UI. */
const uiFolder = fileURLToPath(new URL("../../../web/dist/", import.meta.url));

/** Rejects with an Error that names the address which cannot be had. */
export async function listenRoutes(context: ServerContext, served: Served): Promise<HttpListener> {
  const { flags, logger, registry, externalUrl } = context;
  const basePath = externalUrl.pathname.replace(/\/+$/, "");
  const prefix = flags["web.route-prefix"] === "" ? basePath : normalPrefix(flags["web.route-prefix"]);
  const metrics = httpMetrics(registry);
  const webConfigFile = flags["web.config.file"];
  return listenHttp({
    addresses: flags["web.listen-address"],
    logger: logger.child({ component: "web" }),
    connectionsMax: flags["web.max-connections"],
    readTimeoutMs: flags["web.read-timeout"],
    ...(webConfigFile === "" ? {} : { webConfigFile }),
    routes: async (app) => {
      addTracing(app, context.tracing);
      addRoutes(app, {
        routes: served.routes,
        prefix,
        corsOrigin: flags["web.cors.origin"],
        readiness: served.readiness,
        metrics,
        beforeAnswer: context.beforeAnswer,
        onCut: (path, error) => logger.warn({ path, err: errorText(error) }, "an answer was cut off"),
      });
      addProfiling(app, prefix);
      addAlertmanagerProxy(app, { prefix, alertmanagers: served.alertmanagers });
      const assets = flags["web.user-assets"];
      if (assets !== "") await addUserAssets(app, { folder: resolve(assets), prefix });
      const mode = flags.agent ? "agent" : "server";
      await addUi(app, { folder: uiFolder, prefix, basePath, title: flags["web.page-title"], mode });
    },
  });
}

function normalPrefix(text: string): string {
  const inner = text.replace(/^\/+|\/+$/g, "");
  return inner === "" ? "" : `/${inner}`;
}
