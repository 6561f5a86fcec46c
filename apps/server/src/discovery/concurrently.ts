/** How many questions about single things (a machine's addresses, a project's machines) an API is asked at once. */
export const requestsMax = 20;

/** What `map` makes of each item, in their order, at most `max` at a time. After a failure no other is begun. */
export async function concurrently<T, U>(items: readonly T[], max: number, map: (item: T) => Promise<U>): Promise<U[]> {
  const results: U[] = [];
  const rest = items.entries();
  let hasFailed = false;
  const work = async (): Promise<void> => {
    for (const [i, item] of rest) {
      if (hasFailed) return;
      results[i] = await map(item).catch((error: unknown) => {
        hasFailed = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(max, items.length) }, work));
  return results;
}
