// Scrapes an exporter that was started with some arguments, without HTTP.
import { printExposition } from "@narthex/formats";
import { createLogger, parseFlags } from "@narthex/service";
import { NodeExporter } from "../exporter.js";
import { nodeExporterFlags } from "../flags.js";

export type Scraped = { readonly text: string; readonly log: readonly string[] };

export async function scrapeWith(args: readonly string[], names?: readonly string[]): Promise<Scraped> {
  const log: string[] = [];
  const logger = createLogger({ level: "warn", format: "logfmt", write: (line) => void log.push(line) });
  const flags = parseFlags({ name: "exporter node", description: "", table: nodeExporterFlags, args });
  const table = await new NodeExporter({ flags, logger, now: () => 1_700_000_000_000 }).scrape(names);
  const text = printExposition(table.families(), { format: "PrometheusText0.0.4", escaping: "underscores" });
  return { text, log };
}

/** Lines of samples and of types. */
export function comparableLines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("# HELP"));
}
