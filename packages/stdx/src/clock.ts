/** Time as a program sees it. Passed in, never global, so that tests set it. */
export interface Clock {
  /** Milliseconds since 1970, whole. */
  now(): number;
  /** Calls `task` once, not before `delayMs`; any delay up to 2^53. Returns a function that cancels. */
  after(delayMs: number, task: () => void): () => void;
}

// setTimeout fires at once beyond 2^31 - 1 ms (24.8 days).
const timeoutMsMax = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, task) {
    const end = performance.now() + delayMs;
    let timer: ReturnType<typeof setTimeout>;
    const wait = (): void => {
      const restMs = end - performance.now();
      timer = restMs > timeoutMsMax ? setTimeout(wait, timeoutMsMax) : setTimeout(task, Math.max(0, restMs));
    };
    wait();
    return () => clearTimeout(timer);
  },
};
