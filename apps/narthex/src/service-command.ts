// Runs one app as a process of its own, as its Prometheus counterpart would run: flags, log, signals, exit code.
import {
  createLogger,
  type FlagTable,
  type FlagValues,
  type Logger,
  parseCommandLine,
  type RunningService,
  runService,
} from "@narthex/service";
import type { Run } from "./command.js";
import { Optimization } from "./optimization.js";

/** What an app's package gives to be run. */
export type Service<T extends FlagTable> = {
  readonly flags: T;
  /** Throws UsageError for flags that do not go together; `given`: names of those that the user typed. */
  readonly check?: (flags: FlagValues<T>, given: readonly string[]) => void;
  readonly start: (options: {
    flags: FlagValues<T>;
    logger: Logger;
    stopping: AbortSignal;
    optimization: Optimization;
  }) => Promise<RunningService & { urls: readonly string[] }>;
};

/** REQUIRES: the table has "log.level" and "log.format", as all of Prometheus' programs do. */
export function runOf<T extends FlagTable>(service: Service<T>): Run {
  return ({ name, summary, args }) => {
    const request = { name: `narthex ${name}`, description: summary, table: service.flags, args, words: "" };
    const { flags, given } = parseCommandLine(request);
    service.check?.(flags, given);
    const { "log.level": level, "log.format": format } = flags as { "log.level": "info"; "log.format": "logfmt" };
    const logger = createLogger({ level, format });
    return runService({
      logger,
      async start(stopping) {
        const optimization = new Optimization();
        optimization.delay();
        const running = await service.start({ flags, logger, stopping, optimization });
        optimization.hasten();
        logger.info({ urls: running.urls.join(",") }, `narthex ${name} is ready`);
        return running;
      },
    });
  };
}
