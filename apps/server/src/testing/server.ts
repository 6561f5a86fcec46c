// A whole server for tests: real sockets and a real data directory, simulated time and a simulated network to scrape.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, type HttpRequest, type HttpResponse, parseFlags } from "@narthex/service";
import { SimClock } from "@narthex/stdx";
import { serverFlags } from "../flags.js";
import { type RunningServer, startServer } from "../main.js";

export type TestServerOptions = {
  /** Name → text; "prometheus.yml" among them. */
  readonly files?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Where the files and the data are; a new folder when absent. */
  readonly folder?: string;
  /** What targets expose; a target with "down" in its name cannot be reached. */
  readonly body?: string;
};

export type TestServer = {
  readonly server: RunningServer;
  /** "http://127.0.0.1:port" */
  readonly base: string;
  readonly clock: SimClock;
  readonly folder: string;
  /** Lines of level error, and "quit" where the server was asked to. */
  readonly logged: string[];
  /** What targets were asked. */
  readonly requests: Pick<HttpRequest, "url" | "headers">[];
};

/** ms: when a test server starts. */
export const testStart = 1_700_000_000_000;

export function freshFolder(): string {
  return mkdtempSync(join(tmpdir(), "server-"));
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

export async function openTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { files = {}, args = [], folder = freshFolder(), body = "" } = options;
  writeFiles(folder, files);
  const flags = parseFlags({
    name: "narthex server",
    description: "",
    table: serverFlags,
    args: [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      "--web.listen-address=127.0.0.1:0",
      "--web.enable-lifecycle",
      ...args,
    ],
  });
  const logged: string[] = [];
  const requests: TestServer["requests"] = [];
  const respond = async ({ url, headers = {} }: HttpRequest): Promise<HttpResponse> => {
    requests.push({ url, headers });
    if (url.includes("down")) throw new Error("cannot reach down:1: connection refused");
    return { status: 200, headers: { "content-type": "text/plain; version=0.0.4" }, body: Buffer.from(body), url };
  };
  const clock = new SimClock(testStart);
  const server = await startServer({
    flags,
    clock,
    logger: createLogger({ level: "error", format: "logfmt", write: (line) => logged.push(line) }),
    quit: () => logged.push("quit"),
    createScrapeClient: () => ({
      close: () => {},
      request: respond,
      prepare: (request) => ({ send: () => respond(request), abort: () => {} }),
    }),
  });
  return { server, base: server.urls[0] as string, clock, folder, logged, requests };
}
