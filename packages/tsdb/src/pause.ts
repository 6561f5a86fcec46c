// Long work on the thread that also scrapes and answers must stop for breath.

const sliceMs = 20;

/** Returns a function to call between small steps: it lets other work of the process run every 20 ms or so. */
export function pauses(): () => Promise<void> {
  let sliceEnd = performance.now() + sliceMs;
  return async () => {
    if (performance.now() < sliceEnd) return;
    await new Promise((resolve) => setImmediate(resolve));
    sliceEnd = performance.now() + sliceMs;
  };
}
