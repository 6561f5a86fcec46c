// `tool query` against a server that keeps what it is asked; beside promtool where that is installed.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasPeer, type Ran, runNarthex, runPeerAsync } from "../../testing/run.js";
import { serve, type TestServer } from "../../testing/server.js";

const series = { metric: { __name__: "up", job: 'a"b' } };
const success = (data: unknown, extra = {}): string => JSON.stringify({ status: "success", data, ...extra });

/** By expression or path. */
const answers: Readonly<Record<string, { status?: number; body: string }>> = {
  up: {
    body: success({
      resultType: "vector",
      result: [
        { ...series, value: [1.5, "NaN"] },
        { metric: {}, value: [2, "1"] },
      ],
    }),
  },
  "-up": { body: success({ resultType: "vector", result: [] }) },
  "1": { body: success({ resultType: "scalar", result: [1, "1"] }) },
  "up[1m]": {
    body: success({
      resultType: "matrix",
      result: [
        {
          ...series,
          values: [
            [1, "1"],
            [2, "+Inf"],
          ],
        },
      ],
    }),
  },
  warned: { body: success({ resultType: "vector", result: [] }, { warnings: ["beware"] }) },
  bad: { status: 400, body: JSON.stringify({ status: "error", errorType: "bad_data", error: "1:1: parse error" }) },
  text: { status: 502, body: "no\n" },
  "/api/v1/series": { body: success([series.metric, { a: "b" }]) },
  "/api/v1/label/job/values": { body: success(["a", "b"]) },
};

let server: TestServer;
beforeAll(async () => {
  server = await serve(({ url, body }) => {
    const query = new URLSearchParams(body.toString()).get("query");
    return answers[query ?? (url.split("?", 1)[0] as string)] ?? { status: 404, body: "404 page not found" };
  });
});
afterAll(() => server.close());

/** Path and parameters of the last request, by whatever method: that of series became POST after 2.42. */
function lastAsked(): unknown {
  const { method, url, body } = server.asked.at(-1) as TestServer["asked"][number];
  const parameters = new URLSearchParams(method === "GET" ? url.split("?")[1] : body.toString());
  parameters.sort();
  return [url.split("?", 1)[0], [...parameters]];
}

const times = ["--start=10", "--end=1970-01-01T00:01:00Z"];
const cases: readonly (readonly string[])[] = [
  ["instant", "URL", "up", "--time=5"],
  ["instant", "URL", "--time=5", "--", "-up"],
  ["instant", "URL", "1", "--time", "5"],
  ["instant", "URL", "up[1m]", "--time=1.5"],
  ["instant", "URL", "bad", "--time=5"],
  ["instant", "URL", "text", "--time=5"],
  ["-o", "json", "instant", "URL", "up", "--time=5"],
  ["range", "URL", "up[1m]", ...times, "--step=2s"],
  ["range", "URL", "up[1m]", "--start=10", "--end=6000"],
  ["range", "URL", "up[1m]", "--end=6000"],
  ["series", "URL", "--match=up", "--match={a='b'}", ...times],
  ["-o", "json", "series", "URL", "--match=up", ...times],
  ["labels", "URL", "job", ...times],
  ["labels", "URL", "job", "--match=up", ...times],
];

describe.skipIf(!hasPeer("promtool"))("tool query (promtool)", () => {
  it.each(cases.map((args) => [args]))("asks and prints as promtool does: %j", async (args) => {
    const line = ["query", ...args.map((arg) => (arg === "URL" ? server.url : arg))];
    const theirs = await runPeerAsync("promtool", line);
    const theirRequest = lastAsked();
    const ours: Ran = await runNarthex("tool", ...line);
    expect(lastAsked()).toEqual(theirRequest);
    expect(ours).toEqual(theirs);
  });
});

describe("tool query", () => {
  it.each([
    [["instant", "URL", "-up"], "\n"],
    [["instant", "URL", "up", "--time=5"], 'up{job="a\\"b"} => NaN @[1.5]\n{} => 1 @[2]\n'],
    [["labels", "URL", "job"], "a\nb\n"],
  ])("%j", async (args, expected) => {
    const ran = await runNarthex("tool", "query", ...args.map((arg) => (arg === "URL" ? server.url : arg)));
    expect(ran).toEqual({ code: 0, stdout: expected, stderr: "" });
  });

  it("sends headers, and warnings to standard error", async () => {
    const ran = await runNarthex("tool", "query", "instant", "--header=X-Scope=me", server.url, "warned");
    expect(ran.stderr).toBe("Warning: beware\n");
    expect(server.asked.at(-1)?.headers["x-scope"]).toBe("me");
  });

  it.each([
    [["instant", "URL", "up", "--time=soon"], 'error parsing evaluation time: cannot parse "soon"'],
    [["range", "URL", "up", "--start=5", "--end=3"], "start time is not before end time"],
    [["range", "URL", "up", "--step=x"], "--step: not a valid duration"],
    [["series", "URL"], "required flag --match not provided"],
    [["instant", "http://", "up"], "is not a URL"],
  ])("refuses %j", async (args, message) => {
    await expect(runNarthex("tool", "query", ...args)).rejects.toThrow(message);
  });

  it("shows how histograms use their buckets", async () => {
    const values = (...counts: string[]): unknown => counts.map((count, i) => [i, count]);
    const bucket = (le: string, ...counts: string[]): unknown => ({
      metric: { __name__: "h_bucket", le },
      values: values(...counts),
    });
    const native = {
      metric: { __name__: "n" },
      histograms: [
        [
          1,
          {
            buckets: [
              [0, "1", "2", "3"],
              [0, "2", "4", "0"],
            ],
          },
        ],
      ],
    };
    const result = [bucket("+Inf", "4", "9"), bucket("1", "4", "4"), bucket("2", "4", "7"), native];
    const stub = await serve(() => ({ body: success({ resultType: "matrix", result }) }));
    try {
      const ran = await runNarthex("tool", "query", "analyze", "--server", stub.url, "--type=histogram", "--match=h");
      expect(ran.stdout).toContain("- n (native): 1/1.000/1\n- h (classic): 1/2.000/3\n");
      expect(ran.stdout).toContain("All 2 histogram series: 1/1.500/3\n");
      expect(new URLSearchParams(stub.asked[0]?.body.toString()).get("query")).toBe("h[1h]");
    } finally {
      stub.close();
    }
  });
});
