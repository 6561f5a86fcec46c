// Waits for the outside world by asking it again and again, never by sleeping for a guess.
const pollMs = 100;
/** Of one turn, what counts: a machine or process that was stopped for minutes has not waited. */
const turnMsMax = 10_000;

/** The first result of `ask` that is neither undefined nor false nor an error; throws with the last one after `withinMs`. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  withinMs = 60_000,
): Promise<T> {
  let leftMs = withinMs;
  let before = Date.now();
  let last: unknown;
  while (leftMs > 0) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    const now = Date.now();
    leftMs -= Math.min(now - before, turnMsMax);
    before = now;
  }
  throw new Error(
    `${what}: not within ${withinMs} ms; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`,
  );
}
