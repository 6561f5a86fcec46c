// One ticking clock for all relative times on the page ("12s ago"), which stands still while the tab is hidden.
import { useSyncExternalStore } from "react";

const tickMs = 1000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: number | undefined;

function tick(): void {
  if (document.hidden) return;
  now = Date.now();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= window.setInterval(tick, tickMs);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.clearInterval(timer);
    timer = undefined;
  };
}

/** Milliseconds since 1970, renewed every second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}
