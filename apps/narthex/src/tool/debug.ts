// `narthex tool debug …`: collects what a server tells of itself into debug.tar.gz in the present folder.
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { errorText, type FlagTable, parseCommandLine } from "@narthex/service";
import type { Run } from "../command.js";
import { createToolClient, httpFlags, replyBytesMax, serverUrl } from "./server-client.js";
import { printTar, type TarFile } from "./tar.js";

const table = httpFlags satisfies FlagTable;
const archive = "debug.tar.gz";
/** A profile is taken for 30 s. */
const timeoutMs = 60_000;

type Source = { readonly file: string; readonly path: string };

const profiles: readonly Source[] = [
  { file: "cpu.pb", path: "/debug/pprof/profile?seconds=30" },
  ...["block", "goroutine", "heap", "mutex", "threadcreate"].map((kind) => ({
    file: `${kind}.pb`,
    path: `/debug/pprof/${kind}`,
  })),
  { file: "trace.pb", path: "/debug/pprof/trace?seconds=30" },
];

const metrics: readonly Source[] = [{ file: "metrics.txt", path: "/metrics" }];

function runDebug(sources: readonly Source[]): Run {
  return async ({ name, summary, args }) => {
    const request = { name: `narthex ${name}`, description: summary, table, args };
    const { flags, words } = parseCommandLine({ ...request, words: "<server>" });
    const server = serverUrl(words[0] as string);
    const client = createToolClient(flags["http.config.file"]);
    const files: TarFile[] = [];
    try {
      for (const { file, path } of sources) {
        process.stdout.write(`collecting: ${server}${path}\n`);
        const url = `${server}${path}`;
        const { status, body } = await client.request({ url, timeoutMs, bodyBytesMax: replyBytesMax });
        if (status !== 200) throw new Error(`${url} answered HTTP status ${status}`);
        files.push({ name: file, content: Buffer.from(body) });
      }
    } catch (error) {
      process.stderr.write(`error completing debug command: error executing HTTP request: ${errorText(error)}\n`);
      return 1;
    } finally {
      client.close();
    }
    writeFileSync(archive, gzipSync(printTar(files)));
    process.stdout.write(`Compiling debug information complete, all files written in "${archive}".\n`);
    return 0;
  };
}

export const runDebugPprof: Run = runDebug(profiles);
export const runDebugMetrics: Run = runDebug(metrics);
export const runDebugAll: Run = runDebug([...profiles, ...metrics]);
