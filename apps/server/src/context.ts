// What every room of a server gets from who starts it.
import type { Registry } from "@narthex/client";
import type { Logger } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import type { ThreadWatch } from "@narthex/tsdb";
import type { EnabledFeatures } from "./features.js";
import type { ServerFlags } from "./flags.js";
import type { ConfigSource } from "./reloader.js";
import type { PoolOptions } from "./scrape/pool.js";
import type { Tracing } from "./tracing/tracing.js";

export type ServerContext = {
  readonly flags: ServerFlags;
  readonly source: ConfigSource;
  readonly features: EnabledFeatures;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly tracing: Tracing;
  readonly startTime: number;
  readonly stopping: AbortSignal | undefined;
  readonly externalUrl: URL;
  readonly quit: () => void;
  readonly createScrapeClient: PoolOptions["createClient"];
  readonly giveWay: (() => Promise<void>) | undefined;
  readonly beforeThread: () => () => void;
  readonly beforeShortThread: () => ThreadWatch;
  readonly beforeAnswer: () => void;
};
