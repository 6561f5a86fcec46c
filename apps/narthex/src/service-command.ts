// Runs one app as a process of its own, as its Prometheus counterpart would run: flags, log, signals, exit code.
import {
  createLogger,
  type FlagTable,
  type FlagValues,
  type Logger,
  parseFlags,
  type RunningService,
  runService,
} from "@narthex/service";
import type { Command } from "./command.js";

export type ServiceCommand<T extends FlagTable> = {
  readonly name: string;
  readonly summary: string;
  readonly flags: T;
  readonly start: (options: {
    flags: FlagValues<T>;
    logger: Logger;
  }) => Promise<RunningService & { urls: readonly string[] }>;
};

/** REQUIRES: the table has "log.level" and "log.format", as all of Prometheus' programs do. */
export function serviceCommand<T extends FlagTable>(service: ServiceCommand<T>): Command {
  return {
    name: service.name,
    summary: service.summary,
    run(args) {
      const request = { name: `narthex ${service.name}`, description: service.summary, table: service.flags, args };
      const flags = parseFlags(request);
      const { "log.level": level, "log.format": format } = flags as { "log.level": "info"; "log.format": "logfmt" };
      const logger = createLogger({ level, format });
      return runService({
        logger,
        async start() {
          const running = await service.start({ flags, logger });
          logger.info({ urls: running.urls.join(",") }, `narthex ${service.name} is ready`);
          return running;
        },
      });
    },
  };
}
