// The life of a daemon: start, reload on SIGHUP, close on SIGINT or SIGTERM within a bound, exit code.
import { errorText, type Logger } from "./log/logger.js";

export type RunningService = {
  close(): Promise<void>;
  reload?(): Promise<void>;
};

const closeMsMax = 30_000;

export type ServiceRequest = {
  readonly logger: Logger;
  readonly start: () => Promise<RunningService>;
};

/** Resolves with the exit code when the service has stopped. Throws what `start` throws. */
export async function runService(request: ServiceRequest): Promise<number> {
  const { logger } = request;
  const service = await request.start();
  return new Promise((resolve) => {
    let isClosing = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (isClosing) {
        logger.warn({ signal }, "second signal: exiting without waiting");
        process.exit(1);
      }
      isClosing = true;
      logger.info({ signal }, "shutting down");
      void closeWithin(service, logger).then(resolve);
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
    process.on("SIGHUP", () => void reload(service, logger));
  });
}

async function closeWithin(service: RunningService, logger: Logger): Promise<number> {
  const timer = setTimeout(() => {
    logger.error({ closeMsMax }, "shutdown takes too long: exiting");
    process.exit(1);
  }, closeMsMax);
  try {
    await service.close();
    return 0;
  } catch (error) {
    logger.error({ err: errorText(error) }, "shutdown failed");
    return 1;
  } finally {
    clearTimeout(timer);
  }
}

async function reload(service: RunningService, logger: Logger): Promise<void> {
  try {
    await service.reload?.();
  } catch (error) {
    logger.error({ err: errorText(error) }, "reload failed; the earlier configuration stays in force");
  }
}
