// `narthex tool check healthy|ready`: asks a running server for its state.
import { errorText, type FlagTable, parseFlags, stringFlag } from "@narthex/service";
import type { Run } from "../../command.js";
import { createToolClient, httpFlags, serverUrl } from "../server-client.js";

const table = {
  ...httpFlags,
  url: stringFlag("http://localhost:9090", "The URL for the Prometheus server."),
} satisfies FlagTable;

const timeoutMs = 10_000;

function runCheck(path: string): Run {
  return async ({ name, summary, args }) => {
    const flags = parseFlags({ name: `narthex ${name}`, description: summary, table, args });
    const client = createToolClient(flags["http.config.file"]);
    const url = `${serverUrl(flags.url)}${path}`;
    try {
      const { status, body } = await client.request({ url, method: "GET", timeoutMs, bodyBytesMax: 65_536 });
      if (status === 200) {
        process.stdout.write(`  SUCCESS: ${body.toString()}\n`.replace(/\n\n$/, "\n"));
        return 0;
      }
      process.stderr.write(`  FAILED: check failed: URL=${url}, status=${status}\n`);
    } catch (error) {
      process.stderr.write(`  FAILED: ${errorText(error)}\n`);
    } finally {
      client.close();
    }
    return 1;
  };
}

export const runCheckHealthy: Run = runCheck("/-/healthy");
export const runCheckReady: Run = runCheck("/-/ready");
