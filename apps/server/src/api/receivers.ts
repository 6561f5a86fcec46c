// The endpoints that take samples from others, for a server's storage or an agent's. Goes to: api/server, agent/routes.
import type { Appendable } from "@narthex/model";
import type { ServerContext } from "../context.js";
import { receiverMetrics } from "../remote/metrics.js";
import { otlpRoute } from "./otlp.js";
import { type RemoteWriteSource, remoteWriteRoute } from "./remote-write.js";
import type { Route } from "./route.js";

export function receiverRoutes(context: ServerContext, appendable: Appendable): Route[] {
  return [remoteWriteRoute(remoteWriteSource(context, appendable)), otlpRoute()];
}

function remoteWriteSource(context: ServerContext, appendable: Appendable): RemoteWriteSource | undefined {
  const { flags, features, clock, registry, logger } = context;
  if (!flags["web.enable-remote-write-receiver"]) return undefined;
  return {
    appendable,
    now: () => clock.now(),
    storesStartTimes: features.storesStartTimes,
    startsAtZero: features.startsAtZero,
    addsTypeAndUnit: features.addsTypeAndUnit,
    accepted: flags["web.remote-write-receiver.accepted-protobuf-messages"],
    logger: logger.child({ component: "remote write" }),
    metrics: receiverMetrics(registry),
  };
}
