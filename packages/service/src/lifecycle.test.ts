// Signals at each moment of a service's life. They are sent to this process alone, by hand.
import { expect, test } from "vitest";
import { runService } from "./lifecycle.js";
import { createLogger } from "./log/logger.js";

const logger = createLogger({ level: "info", format: "logfmt", write: () => undefined });
// The bound of each shutdown would end the process of the tests half a minute later.
const exit = (): void => {};

/** A service that starts when told to; `events` says what became of it. */
function slowService(): { events: string[]; code: Promise<number>; finishStart: () => void } {
  const events: string[] = [];
  let finishStart = (): void => {};
  const code = runService({
    logger,
    exit,
    start(stopping) {
      return new Promise((resolve, reject) => {
        stopping.addEventListener("abort", () => reject(stopping.reason as Error));
        finishStart = () =>
          resolve({
            close: async () => void events.push("closed"),
            reload: async () => void events.push("reloaded"),
          });
      });
    },
  });
  return { events, code, finishStart: () => finishStart() };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("SIGTERM ends a service that has not started yet, with exit code 0", async () => {
  const { code, events } = slowService();
  process.emit("SIGTERM");
  expect(await code).toBe(0);
  expect(events).toEqual([]);
  expect(process.listenerCount("SIGTERM")).toBe(0);
});

test("SIGHUP during the start reloads once, when the service has started", async () => {
  const { code, events, finishStart } = slowService();
  process.emit("SIGHUP");
  process.emit("SIGHUP");
  expect(events).toEqual([]);
  finishStart();
  await settled();
  expect(events).toEqual(["reloaded"]);
  process.emit("SIGHUP");
  await settled();
  process.emit("SIGINT");
  expect(await code).toBe(0);
  expect(events).toEqual(["reloaded", "reloaded", "closed"]);
});

test("a service that starts though it shall end is closed", async () => {
  const events: string[] = [];
  const code = runService({
    logger,
    exit,
    async start() {
      process.emit("SIGTERM");
      return { close: async () => void events.push("closed") };
    },
  });
  expect(await code).toBe(0);
  expect(events).toEqual(["closed"]);
});

test("a failing close gives exit code 1; a failing start is the caller's", async () => {
  const failing = runService({ logger, exit, start: async () => ({ close: () => Promise.reject(new Error("disk")) }) });
  await settled();
  process.emit("SIGTERM");
  expect(await failing).toBe(1);
  await expect(runService({ logger, exit, start: () => Promise.reject(new Error("port")) })).rejects.toThrow("port");
  const both = runService({
    logger,
    exit,
    start() {
      process.emit("SIGTERM");
      return Promise.reject(new Error("port"));
    },
  });
  await expect(both).rejects.toThrow("port");
});

test("a second signal ends the process at once", async () => {
  const codes: number[] = [];
  const code = runService({
    logger,
    exit: (given) => void codes.push(given),
    start: async () => ({ close: settled }),
  });
  await settled();
  process.emit("SIGINT");
  expect(codes).toEqual([]);
  process.emit("SIGTERM");
  expect(codes).toEqual([1]);
  expect(await code).toBe(0);
});
