// The life of a daemon: start, reload on SIGHUP, close on SIGINT or SIGTERM within a bound, exit code. A start may take
// minutes: a signal that comes meanwhile ends it, or reloads when it has ended.
import { errorText, type Logger } from "./log/logger.js";

export type RunningService = {
  close(): Promise<void>;
  reload?(): Promise<void>;
};

const closeMsMax = 30_000;

export type ServiceRequest = {
  readonly logger: Logger;
  /** `stopping` is aborted when the service shall end before it has started: reject with its reason then. */
  readonly start: (stopping: AbortSignal) => Promise<RunningService>;
  /** Ends the process at once; of Node.js where it is absent. */
  readonly exit?: (code: number) => void;
};

/** Resolves with the exit code when the service has stopped. Throws what `start` throws. */
export async function runService({
  logger,
  start,
  exit = (code) => process.exit(code),
}: ServiceRequest): Promise<number> {
  const stopping = new AbortController();
  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener("abort", () => resolve()));
  let service: RunningService | undefined;
  let isReloadDue = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping.signal.aborted) {
      logger.warn({ signal }, "second signal: exiting without waiting");
      exit(1);
      return;
    }
    logger.info({ signal }, "shutting down");
    // Also for what keeps the process when all is closed: the timer itself does not.
    setTimeout(() => {
      logger.error({ closeMsMax }, "shutdown takes too long: exiting");
      exit(1);
    }, closeMsMax).unref();
    stopping.abort(new Error(`ended by ${signal} while it started`));
  };
  const reloadOnce = (): void => {
    if (service) void reload(service, logger);
    else isReloadDue = true;
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  process.on("SIGHUP", reloadOnce);
  try {
    service = await start(stopping.signal);
    if (isReloadDue) reloadOnce();
    await stopped;
    return await close(service, logger);
  } catch (error) {
    if (!stopping.signal.aborted || error !== stopping.signal.reason) throw error;
    return 0;
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    process.off("SIGHUP", reloadOnce);
  }
}

async function close(service: RunningService, logger: Logger): Promise<number> {
  try {
    await service.close();
    return 0;
  } catch (error) {
    logger.error({ err: errorText(error) }, "shutdown failed");
    return 1;
  }
}

async function reload(service: RunningService, logger: Logger): Promise<void> {
  try {
    await service.reload?.();
  } catch (error) {
    logger.error({ err: errorText(error) }, "reload failed; the earlier configuration stays in force");
  }
}
