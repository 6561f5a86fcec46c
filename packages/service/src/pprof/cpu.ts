// What the threads were at during some seconds, a hundred times a second, as Go samples it.
// Goes to: pprof/routes.
import type { Profiler } from "node:inspector";
import type { Frame, Profile, ProfileSample } from "./profile.js";
import type { ProfiledThread } from "./threads.js";

const periodMicros = 10_000;

/** What V8 names while no function runs. */
const waiting: ReadonlySet<string> = new Set(["(idle)"]);

export type CpuOptions = {
  /** Time that passes while a thread waits counts too. */
  readonly isWallTime: boolean;
  /** ms since 1970. */
  readonly now: () => number;
  /** Resolves when the time is over. */
  readonly elapsed: Promise<void>;
};

export async function cpuProfile(
  threads: readonly ProfiledThread[],
  { isWallTime, now, elapsed }: CpuOptions,
): Promise<Profile> {
  const startTime = now();
  const started = await Promise.allSettled(threads.map(begin));
  await elapsed;
  const running = threads.filter((_, i) => started[i]?.status === "fulfilled");
  const results = await Promise.allSettled(running.map(end));
  const durationMs = now() - startTime;
  // A worker that ended meanwhile has nothing to tell.
  const samples = results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
  return {
    types: [
      { type: "samples", unit: "count" },
      { type: isWallTime ? "time" : "cpu", unit: "nanoseconds" },
    ],
    samples: isWallTime ? samples : samples.filter(({ stack }) => !waiting.has(stack[0]?.functionName ?? "")),
    period: { type: isWallTime ? "time" : "cpu", unit: "nanoseconds", value: periodMicros * 1000 },
    startTime,
    durationMs,
  };
}

async function begin(thread: ProfiledThread): Promise<void> {
  await thread.ask("Profiler.enable");
  await thread.ask("Profiler.setSamplingInterval", { interval: periodMicros });
  await thread.ask("Profiler.start");
}

async function end(thread: ProfiledThread): Promise<ProfileSample[]> {
  const { profile } = (await thread.ask("Profiler.stop")) as Profiler.StopReturnType;
  await thread.ask("Profiler.disable");
  return samplesOf(profile, thread.name);
}

/** One for each node of the tree that was met. */
export function samplesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile, thread: string): ProfileSample[] {
  const parents = new Map<number, number>();
  const frames = new Map<number, Frame>();
  for (const { id, callFrame, children = [] } of nodes) {
    frames.set(id, callFrame);
    for (const child of children) parents.set(child, id);
  }
  const met = new Map<number, { count: number; nanos: number }>();
  for (const [i, id] of samples.entries()) {
    const sum = met.get(id) ?? { count: 0, nanos: 0 };
    sum.count++;
    sum.nanos += Math.max(0, timeDeltas[i] ?? 0) * 1000;
    met.set(id, sum);
  }
  return [...met].map(([id, { count, nanos }]) => ({
    stack: stackOf(id, parents, frames),
    values: [count, nanos],
    labels: { thread },
  }));
}

function stackOf(id: number, parents: ReadonlyMap<number, number>, frames: ReadonlyMap<number, Frame>): Frame[] {
  const stack: Frame[] = [];
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
    const frame = frames.get(at);
    // The root is a node of its own, above all stacks.
    if (frame && frame.functionName !== "(root)") stack.push(frame);
  }
  return stack;
}
