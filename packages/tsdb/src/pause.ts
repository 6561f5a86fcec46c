// Long work on the thread that also scrapes and answers must stop for breath.

const sliceMs = 20;

/** Lets everything else run that is due: a turn of the event loop. */
export function giveWay(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Returns a function to call between small steps: it lets other work of the process run every 20 ms or so. */
export function pauses(giveTurn: () => Promise<void> = giveWay): () => Promise<void> {
  let sliceEnd = performance.now() + sliceMs;
  return async () => {
    if (performance.now() < sliceEnd) return;
    await giveTurn();
    sliceEnd = performance.now() + sliceMs;
  };
}
