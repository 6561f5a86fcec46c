import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeSnappy, encodeWriteRequest, type WriteVersion } from "@narthex/formats";
import { labelsFrom, type Metadata } from "@narthex/model";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runNarthex } from "../testing/run.js";
import { serve } from "../testing/server.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "narthex-push-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each<[WriteVersion, string]>([
  ["prometheus.WriteRequest", "0.1.0"],
  ["io.prometheus.write.v2.Request", "2.0.0"],
])("pushes %s", async (message, version) => {
  const server = await serve(() => ({ status: 204, body: "" }));
  const file = join(folder, "metrics.prom");
  writeFileSync(file, '# HELP a_total A.\n# TYPE a_total counter\na_total{job="own"} 3 1500\n');
  try {
    const flags = [`--protobuf_message=${message}`, "--label=job=test", "--label=team=x", "--header=X-Scope-OrgID=1"];
    const ran = await runNarthex("tool", "push", "metrics", ...flags, server.url, file);
    expect(ran).toEqual({
      code: 0,
      stdout: `Parsing metrics file ${file}\n  SUCCESS: metrics file ${file} pushed to remote write.\n`,
      stderr: "",
    });
    const [asked] = server.asked;
    expect(asked?.url).toBe("/api/v1/write");
    expect(asked?.headers).toMatchObject({
      "content-encoding": "snappy",
      "x-prometheus-remote-write-version": version,
      "x-scope-orgid": "1",
    });
    const labels = labelsFrom({ __name__: "a_total", exported_job: "own", job: "test", team: "x" });
    const metadata = new Map<string, Metadata>([["a_total", { type: "counter", help: "A.", unit: "" }]]);
    const expected = encodeWriteRequest({ series: [{ labels, samples: [{ t: 1500, v: 3 }] }], metadata }, message);
    expect(decodeSnappy(asked?.body as Buffer)).toEqual(new Uint8Array(expected));
  } finally {
    server.close();
  }
});

it("tells what the server says, and goes on with the next file", async () => {
  const server = await serve(() => ({ status: 400, body: "out of order\n" }));
  const bad = join(folder, "bad.prom");
  const good = join(folder, "good.prom");
  writeFileSync(bad, "a{ 1\n");
  writeFileSync(good, "a 1\n");
  try {
    const ran = await runNarthex("tool", "push", "metrics", `${server.url}/push`, bad, good);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("  FAILED: server returned HTTP status 400: out of order\n");
    expect(server.asked.map(({ url }) => url)).toEqual(["/push"]);
  } finally {
    server.close();
  }
});
