// What the threads allocated during some seconds, sampled: V8 keeps no account of the time before it is asked.
// Goes to: pprof/routes.
import type { Frame, Profile, ProfileSample } from "./profile.js";
import type { ProfiledThread } from "./threads.js";

/** Bytes between two samples on average. Go's 512 KiB are for the life of a process, not for seconds. */
const periodBytes = 32 * 1024;

/** As the inspector gives it. */
export type AllocationNode = {
  readonly id: number;
  readonly callFrame: Frame;
  readonly selfSize: number;
  readonly children: readonly AllocationNode[];
};

export type Allocations = { readonly head: AllocationNode; readonly samples: readonly { readonly nodeId: number }[] };

export type HeapOptions = {
  /** Also what is of no use any more; else what is still in use at the end. */
  readonly isAllocated: boolean;
  /** ms since 1970. */
  readonly now: () => number;
  readonly elapsed: Promise<void>;
};

export async function heapProfile(
  threads: readonly ProfiledThread[],
  { isAllocated, now, elapsed }: HeapOptions,
): Promise<Profile> {
  const startTime = now();
  const sampling = {
    samplingInterval: periodBytes,
    includeObjectsCollectedByMajorGC: isAllocated,
    includeObjectsCollectedByMinorGC: isAllocated,
  };
  const started = await Promise.allSettled(threads.map((one) => one.ask("HeapProfiler.startSampling", sampling)));
  await elapsed;
  const running = threads.filter((_, i) => started[i]?.status === "fulfilled");
  const results = await Promise.allSettled(running.map(end));
  const prefix = isAllocated ? "alloc" : "inuse";
  return {
    types: [
      { type: `${prefix}_objects`, unit: "count" },
      { type: `${prefix}_space`, unit: "bytes" },
    ],
    samples: results.flatMap((result) => (result.status === "fulfilled" ? result.value : [])),
    period: { type: "space", unit: "bytes", value: periodBytes },
    startTime,
    durationMs: now() - startTime,
  };
}

async function end(thread: ProfiledThread): Promise<ProfileSample[]> {
  const { profile } = (await thread.ask("HeapProfiler.stopSampling")) as { readonly profile: Allocations };
  return allocationsOf(profile, thread.name);
}

/** One for each node that allocated; objects are counted as they were sampled. */
export function allocationsOf({ head, samples }: Allocations, thread: string): ProfileSample[] {
  const counts = new Map<number, number>();
  for (const { nodeId } of samples) counts.set(nodeId, (counts.get(nodeId) ?? 0) + 1);
  const found: ProfileSample[] = [];
  const open: { readonly node: AllocationNode; readonly stack: readonly Frame[] }[] = [{ node: head, stack: [] }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, stack } = next;
    const own = node === head ? stack : [node.callFrame, ...stack];
    if (node.selfSize > 0) {
      found.push({ stack: own, values: [counts.get(node.id) ?? 0, node.selfSize], labels: { thread } });
    }
    for (const child of node.children) open.push({ node: child, stack: own });
  }
  return found;
}
