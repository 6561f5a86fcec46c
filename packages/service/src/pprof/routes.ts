// /debug/pprof: profiles of this process for `go tool pprof`, promtool, Grafana Pyroscope.
// Comes from: each service's routes.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { errorText } from "../log/logger.js";
import { emptyProfile, resourceCounts, threadCounts } from "./counts.js";
import { cpuProfile } from "./cpu.js";
import { heapProfile } from "./heap.js";
import { encodeProfile, type Profile } from "./profile.js";
import { openThreads, type ProfiledThread } from "./threads.js";
import { traceEvents } from "./trace.js";

/** Samples are held in memory until the end. */
const secondsMax = 600;

type Window = { readonly now: () => number; readonly elapsed: Promise<void> };

type Kind = {
  readonly summary: string;
  /** Of V8, which only one can use at a time. */
  readonly sampler?: "cpu" | "heap" | "trace";
  readonly secondsInitial: number;
  readonly take: (window: Window) => Promise<Profile | string>;
};

const ofThreads =
  <T extends object>(
    take: (threads: readonly ProfiledThread[], options: T & Window) => Promise<Profile>,
    options: T,
  ): Kind["take"] =>
  async (window) => {
    const { list, close } = await openThreads();
    try {
      return await take(list, { ...options, ...window });
    } finally {
      close();
    }
  };

const atOnce = (count: (now: number) => Profile): Kind["take"] => {
  return async ({ now }) => count(now());
};

const kinds: Readonly<Record<string, Kind>> = {
  allocs: {
    summary: "What was allocated during some seconds, sampled",
    sampler: "heap",
    secondsInitial: 5,
    take: ofThreads(heapProfile, { isAllocated: true }),
  },
  block: { summary: "Empty: nothing blocks on locks", secondsInitial: 0, take: atOnce(emptyProfile) },
  fgprof: {
    summary: "What the threads were at, or waited in, during some seconds",
    sampler: "cpu",
    secondsInitial: 30,
    take: ofThreads(cpuProfile, { isWallTime: true }),
  },
  goroutine: { summary: "What the event loop waits for", secondsInitial: 0, take: atOnce(resourceCounts) },
  heap: {
    summary: "What was allocated during some seconds and is still in use, sampled",
    sampler: "heap",
    secondsInitial: 5,
    take: ofThreads(heapProfile, { isAllocated: false }),
  },
  mutex: { summary: "Empty: nothing waits for locks", secondsInitial: 0, take: atOnce(emptyProfile) },
  profile: {
    summary: "What the threads used the CPU for during some seconds",
    sampler: "cpu",
    secondsInitial: 30,
    take: ofThreads(cpuProfile, { isWallTime: false }),
  },
  threadcreate: { summary: "The threads there are", secondsInitial: 0, take: atOnce(threadCounts) },
  trace: {
    summary: "Events of Node.js and V8 during some seconds, for Perfetto",
    sampler: "trace",
    secondsInitial: 1,
    take: ({ elapsed }) => traceEvents(elapsed),
  },
};

/** `prefix`: "" or "/prometheus". */
export function addProfiling(app: FastifyInstance, prefix: string): void {
  const base = `${prefix}/debug/pprof`;
  app.get(base, (_, reply) => reply.redirect("pprof/", 301));
  app.get(`${base}/`, (_, reply) => reply.type("text/html; charset=utf-8").send(page()));
  app.get(`${base}/cmdline`, (_, reply) => sendText(reply, 200, process.argv.join("\0")));
  // Names stand in the profiles: nothing is left to look up.
  app.get(`${base}/symbol`, (_, reply) => sendText(reply, 200, "num_symbols: 1\n"));
  const inUse = new Set<string>();
  for (const [name, kind] of Object.entries(kinds)) {
    app.get(`${base}/${name}`, async (request, reply) => {
      const seconds = secondsOf(request, kind);
      if (seconds === undefined) return sendText(reply, 400, `seconds must be a number up to ${secondsMax}\n`);
      const sampler = kind.sampler ?? name;
      if (inUse.has(sampler)) {
        return sendText(reply, 500, `Could not take the profile: ${sampler} profiling already in use\n`);
      }
      inUse.add(sampler);
      try {
        return await sendProfile(reply, name, kind, seconds);
      } catch (error) {
        return sendText(reply, 500, `Could not take the profile: ${errorText(error)}\n`);
      } finally {
        inUse.delete(sampler);
      }
    });
  }
}

function secondsOf(request: FastifyRequest, { secondsInitial }: Kind): number | undefined {
  const { seconds: text } = request.query as { readonly seconds?: unknown };
  if (text === undefined || secondsInitial === 0) return secondsInitial;
  const seconds = Number(text);
  return typeof text === "string" && seconds > 0 && seconds <= secondsMax ? seconds : undefined;
}

async function sendProfile(reply: FastifyReply, name: string, kind: Kind, seconds: number): Promise<FastifyReply> {
  const window = { now: () => Date.now(), elapsed: elapse(reply, seconds * 1000) };
  const profile = await kind.take(window);
  if (typeof profile === "string") return reply.type("application/json").send(profile);
  // What @fastify/compress looks for: a profile is packed already, and stays so for who reads it.
  reply.request.headers["x-no-compression"] = "";
  return reply
    .type("application/octet-stream")
    .header("content-disposition", `attachment; filename="${name}"`)
    .header("x-content-type-options", "nosniff")
    .send(encodeProfile(profile));
}

/** A client that hangs up ends the time. */
function elapse(reply: FastifyReply, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    // A process that stops does not wait for a profile.
    timer.unref();
    reply.raw.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function sendText(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type("text/plain; charset=utf-8").send(text);
}

function page(): string {
  const rows = Object.entries(kinds).map(([name, { summary }]) => `<li><a href="${name}">${name}</a>: ${summary}`);
  return `<!doctype html><title>/debug/pprof/</title><h1>/debug/pprof/</h1><ul>${rows.join("")}</ul>\n`;
}
