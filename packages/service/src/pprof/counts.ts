// Profiles that only count: what the event loop waits for, which threads there are. Go's of locks have no counterpart here.
// Goes to: pprof/routes.
import { readdirSync, readFileSync } from "node:fs";
import type { Profile } from "./profile.js";

/** In the place of goroutines: sockets, timers, files and requests that are open. */
export function resourceCounts(now: number): Profile {
  return countsOf(process.getActiveResourcesInfo(), { type: "goroutine", now });
}

/** Threads of the process by name; none where there is no /proc. */
export function threadCounts(now: number): Profile {
  return countsOf(threadNames(), { type: "threadcreate", now });
}

/** Of blocking and locks: nothing waits for a lock. */
export function emptyProfile(now: number): Profile {
  const types = [
    { type: "contentions", unit: "count" },
    { type: "delay", unit: "nanoseconds" },
  ];
  return { types, samples: [], startTime: now, durationMs: 0 };
}

function countsOf(names: readonly string[], { type, now }: { readonly type: string; readonly now: number }): Profile {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return {
    types: [{ type, unit: "count" }],
    samples: [...counts].map(([functionName, count]) => ({
      stack: [{ functionName, url: "", lineNumber: -1 }],
      values: [count],
    })),
    period: { type, unit: "count", value: 1 },
    startTime: now,
    durationMs: 0,
  };
}

function threadNames(): string[] {
  if (process.platform !== "linux") return [];
  const folder = "/proc/self/task";
  return readdirSync(folder).flatMap((id) => {
    try {
      return [readFileSync(`${folder}/${id}/comm`, "utf8").trim()];
    } catch {
      // It ended while the folder was read.
      return [];
    }
  });
}
