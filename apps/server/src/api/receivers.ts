// The endpoints that take samples from others, for a server's storage or an agent's. Goes to: api/server, agent/routes.
import type { Appendable } from "@narthex/model";
import { type OtlpConfig, otlpDefaults } from "../config/otlp.js";
import type { ServerContext } from "../context.js";
import { DeltaAccumulator } from "../otlp/accumulator.js";
import { otlpMetrics } from "../otlp/metrics.js";
import { receiverMetrics } from "../remote/metrics.js";
import type { ReceiverOptions } from "../remote/receiver.js";
import { type OtlpSource, otlpRoute } from "./otlp.js";
import { type RemoteWriteSource, remoteWriteRoute } from "./remote-write.js";
import type { Route } from "./route.js";

export type ReceiverRooms = {
  readonly appendable: Appendable;
  /** The section as it stands now. */
  readonly otlp: () => OtlpConfig | undefined;
};

export function receiverRoutes(context: ServerContext, rooms: ReceiverRooms): Route[] {
  return [remoteWriteRoute(remoteWriteSource(context, rooms)), otlpRoute(otlpSource(context, rooms))];
}

function optionsOf({ features, clock }: ServerContext, { appendable }: ReceiverRooms): ReceiverOptions {
  return {
    appendable,
    now: () => clock.now(),
    storesStartTimes: features.storesStartTimes,
    startsAtZero: features.startsAtZero,
    addsTypeAndUnit: features.addsTypeAndUnit,
  };
}

function remoteWriteSource(context: ServerContext, rooms: ReceiverRooms): RemoteWriteSource | undefined {
  const { flags, registry, logger } = context;
  if (!flags["web.enable-remote-write-receiver"]) return undefined;
  return {
    ...optionsOf(context, rooms),
    accepted: flags["web.remote-write-receiver.accepted-protobuf-messages"],
    logger: logger.child({ component: "remote write" }),
    metrics: receiverMetrics(registry),
  };
}

function otlpSource(context: ServerContext, rooms: ReceiverRooms): OtlpSource | undefined {
  const { flags, features, clock, registry, logger } = context;
  if (!flags["web.enable-otlp-receiver"]) return undefined;
  const { otlpDeltas } = features;
  return {
    ...optionsOf(context, rooms),
    config: () => rooms.otlp() ?? otlpDefaults,
    lookbackDeltaMs: flags["query.lookback-delta"],
    deltas: otlpDeltas === "accumulated" ? new DeltaAccumulator({ now: () => clock.now() }) : otlpDeltas,
    logger: logger.child({ component: "otlp" }),
    metrics: otlpMetrics(registry),
  };
}
