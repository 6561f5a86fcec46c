import { type ChildProcess, spawn } from "node:child_process";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { samplesOf } from "./cpu.js";
import { allocationsOf } from "./heap.js";
import { encodeProfile } from "./profile.js";

type Message = Map<number, (number | Buffer)[]>;

/** Fields by number; a message in a message stays bytes. */
function decode(bytes: Buffer): Message {
  const fields: Message = new Map();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] as number;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    let value: number | Buffer = varint();
    if (tag % 8 === 2) {
      at += value;
      value = bytes.subarray(at - value, at);
    }
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}

/** As `go tool pprof -raw` would show it: types, and for each sample stack, values and labels. */
function shown(packed: Uint8Array): { types: string[]; samples: unknown[] } {
  const profile = decode(gunzipSync(packed));
  const list = (field: number): Message[] => (profile.get(field) ?? []).map((bytes) => decode(bytes as Buffer));
  const texts = (profile.get(6) ?? []).map(String);
  const text = (index: unknown): string => texts[(index as number | undefined) ?? 0] as string;
  const functions = new Map(list(5).map((one) => [one.get(1)?.[0], text(one.get(2)?.[0])]));
  const places = new Map(
    list(4).map((one) => {
      const line = decode(one.get(4)?.[0] as Buffer);
      return [one.get(1)?.[0], `${functions.get(line.get(1)?.[0])}:${String(line.get(2)?.[0] ?? 0)}`];
    }),
  );
  return {
    types: list(1).map((one) => `${text(one.get(1)?.[0])}/${text(one.get(2)?.[0])}`),
    samples: list(2).map((one) => [
      (one.get(1) ?? []).map((id) => places.get(id)).join(" < "),
      one.get(2),
      (one.get(3) ?? []).map((label) => [...decode(label as Buffer).values()].map(([index]) => text(index)).join("=")),
    ]),
  };
}

const frame = (functionName: string, lineNumber: number) => ({
  functionName,
  lineNumber,
  url: "file:///a.js",
  scriptId: "1",
  columnNumber: 0,
});

describe("V8's trees become samples", () => {
  test("of time", () => {
    const nodes = [
      { id: 1, callFrame: frame("(root)", -1), children: [2, 4] },
      { id: 2, callFrame: frame("run", 9), children: [3] },
      { id: 3, callFrame: frame("", 4) },
      { id: 4, callFrame: frame("(idle)", -1) },
    ];
    const profile = { nodes, startTime: 0, endTime: 1, samples: [3, 4, 3, 2], timeDeltas: [5, 10, 20, 40] };
    const types = [
      { type: "samples", unit: "count" },
      { type: "cpu", unit: "nanoseconds" },
    ];
    const encoded = encodeProfile({ types, samples: samplesOf(profile, "main"), startTime: 1.7e12, durationMs: 1000 });
    expect(shown(encoded)).toEqual({
      types: ["samples/count", "cpu/nanoseconds"],
      samples: [
        ["(anonymous):5 < run:10", [2, 25_000], ["thread=main"]],
        ["(idle):0", [1, 10_000], ["thread=main"]],
        ["run:10", [1, 40_000], ["thread=main"]],
      ],
    });
  });

  test("of memory", () => {
    const leaf = { id: 3, callFrame: frame("make", 1), selfSize: 4096, children: [] };
    const head = { id: 1, callFrame: frame("(root)", -1), selfSize: 0, children: [] as unknown[] };
    head.children.push({ id: 2, callFrame: frame("run", 0), selfSize: 0, children: [leaf] });
    const samples = [{ nodeId: 3 }, { nodeId: 3 }];
    expect(allocationsOf({ head, samples } as Parameters<typeof allocationsOf>[0], "query")).toEqual([
      { stack: [frame("make", 1), frame("run", 0)], values: [2, 4096], labels: { thread: "query" } },
    ]);
  });
});

// A process of its own, since V8 shows all threads to the main one alone. Needs the built package: `npm run build`.
const program = `
  import { Worker } from "node:worker_threads";
  import { fastify } from "fastify";
  import { addProfiling } from "@narthex/service";
  const app = fastify();
  addProfiling(app, "/p");
  const kept = [];
  setInterval(() => { for (let i = 0; i < 10_000; i++) kept[i] = { i }; }, 5);
  const burn = "function burn() { const end = Date.now() + 20; while (Date.now() < end); } setInterval(burn, 1)";
  new Worker(burn, { eval: true, name: "stove" }).once("online", async () => {
    console.log(await app.listen({ host: "127.0.0.1", port: 0 }));
  });
`;

describe("/debug/pprof", () => {
  let child: ChildProcess;
  let base: string;
  beforeAll(async () => {
    child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      cwd: import.meta.dirname,
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const line of child.stdout!) {
      base = `${String(line).trim()}/p/debug/pprof`;
      break;
    }
  });
  afterAll(() => void child.kill());
  const ask = (path: string): Promise<Response> => fetch(`${base}/${path}`);
  const profileOf = async (response: Response): Promise<ReturnType<typeof shown>> => {
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/octet-stream"]);
    return shown(new Uint8Array(await response.arrayBuffer()));
  };

  test("shows what the threads are at, workers among them", async () => {
    const [first, second] = await Promise.all([ask("profile?seconds=0.4"), ask("fgprof?seconds=0.4")]);
    const [cpu, refused] = first!.status === 200 ? [first!, second!] : [second!, first!];
    const { samples } = await profileOf(cpu);
    expect(samples.filter((sample) => JSON.stringify(sample).includes("thread=stove"))).not.toEqual([]);
    expect([refused.status, await refused.text()]).toEqual([
      500,
      "Could not take the profile: cpu profiling already in use\n",
    ]);
    expect(JSON.stringify(await profileOf(await ask("profile?seconds=0.1")))).not.toContain("(idle)");
  });

  test("shows what was allocated", async () => {
    const { types, samples } = await profileOf(await ask("allocs?seconds=0.2"));
    expect(types).toEqual(["alloc_objects/count", "alloc_space/bytes"]);
    expect(samples).not.toEqual([]);
  });

  test.each(["goroutine", "threadcreate", "block", "mutex", "heap?seconds=0.01"])("%s is a profile", async (name) => {
    expect((await profileOf(await ask(name))).types.length).toBeGreaterThan(0);
  });

  test("has events, the command line, and a page over all", async () => {
    expect(await (await ask("trace?seconds=0.05")).json()).toHaveProperty("traceEvents");
    expect((await (await ask("cmdline")).text()).split("\0")[0]).toBe(process.execPath);
    const page = await fetch(base);
    expect([page.url, await page.text()]).toEqual([`${base}/`, expect.stringContaining('<a href="profile">')]);
  });

  test.each(["0", "-1", "601", "x", "1&seconds=2"])("refuses %s seconds", async (seconds) => {
    expect((await ask(`profile?seconds=${seconds}`)).status).toBe(400);
  });
});
