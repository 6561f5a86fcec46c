// What a scrape of this machine costs: CPU time of the process, for the default collectors and the text they become.
import { printExposition } from "@narthex/formats";
import { createLogger, parseFlags } from "@narthex/service";
import { expect, test } from "vitest";
import { NodeExporter } from "./exporter.js";
import { nodeExporterFlags } from "./flags.js";

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);

test("a scrape of the default collectors", async () => {
  const logger = createLogger({ level: "error", format: "logfmt", write: () => {} });
  const flags = parseFlags({ name: "exporter node", description: "", table: nodeExporterFlags, args: [] });
  const exporter = new NodeExporter({ flags, logger });
  const scrape = async (): Promise<number> => {
    const table = await exporter.scrape();
    return printExposition(table.families(), { format: "PrometheusText0.0.4", escaping: "underscores" }).length;
  };
  await scrape();
  const start = process.cpuUsage();
  let bytes = 0;
  for (let i = 0; i < rounds; i++) bytes = await scrape();
  const { user, system } = process.cpuUsage(start);
  const milliseconds = (user + system) / 1000 / rounds;
  process.stdout.write(`node exporter: ${milliseconds.toFixed(2)} ms of CPU per scrape, ${bytes} bytes\n`);
  expect(bytes).toBeGreaterThan(1000);
});
