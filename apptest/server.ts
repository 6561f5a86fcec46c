// A server with a folder, a port and a configuration of its own.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { answers, freePorts, freshFolder, type Running, startNarthex } from "./processes.js";

export type TestServer = {
  readonly program: Running;
  /** "http://127.0.0.1:…" */
  readonly base: string;
  readonly port: number;
  /** Holds prometheus.yml, what it names, and the data. */
  readonly folder: string;
  /** Writes a file of the folder, such as another prometheus.yml. */
  readonly write: (name: string, text: string) => void;
};

export type TestServerRequest = {
  /** prometheus.yml; of the server's own port where it scrapes itself. */
  readonly config: string | ((port: number) => string);
  /** What the configuration names, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Of the folder where they name something in it. */
  readonly flags?: readonly string[] | ((folder: string) => readonly string[]);
};

/** Ready to answer. */
export async function startServer(request: TestServerRequest): Promise<TestServer> {
  const server = await launchServer(request);
  await answers(server.program, `${server.base}/-/ready`);
  return server;
}

/** Not waited for. */
export async function launchServer({ config, files = {}, flags = [] }: TestServerRequest): Promise<TestServer> {
  const folder = freshFolder();
  const [port] = (await freePorts(1)) as [number];
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  for (const [name, text] of Object.entries(files)) write(name, text);
  write("prometheus.yml", typeof config === "string" ? config : config(port));
  const program = startNarthex([
    "server",
    `--config.file=${join(folder, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    ...(typeof flags === "function" ? flags(folder) : flags),
  ]);
  return { program, base: `http://127.0.0.1:${port}`, port, folder, write };
}
