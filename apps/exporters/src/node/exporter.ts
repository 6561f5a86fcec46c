// One scrape of the node exporter: runs the collectors one after the other and tells how each fared.
// A collector that fails takes nothing else with it: the scrape goes on, its success is 0, the reason goes to the log.
import { arch } from "node:os";
import { errorText, type Logger } from "@narthex/service";
import { type Collect, NoDataError } from "./collector.js";
import { collectors } from "./collectors.js";
import { FamilyTable, gauge } from "./families.js";
import { enabledCollectors, type NodeExporterValues, programValues } from "./flags.js";
import { pathsFrom } from "./paths.js";

const durationSpec = gauge("node_scrape_collector_duration_seconds", "Time that the collector took.");
const successSpec = gauge("node_scrape_collector_success", "Whether the collector succeeded.");
const buildInfo = gauge("node_exporter_build_info", "Version of the exporter and its runtime, in labels; always 1.");

type OpenCollector = { readonly name: string; readonly collect: Collect };

export type NodeExporterOptions = {
  readonly flags: NodeExporterValues;
  readonly logger: Logger;
  /** Milliseconds since 1970; the system's when absent. */
  readonly now?: () => number;
};

/** The names asked for are unknown or turned off. */
export class CollectorNameError extends Error {
  override readonly name = "CollectorNameError";
}

export class NodeExporter {
  readonly #collectors: readonly OpenCollector[];
  readonly #logger: Logger;

  /** Throws UsageError for flag values that cannot be. */
  constructor({ flags, logger, now = Date.now }: NodeExporterOptions) {
    const paths = pathsFrom(programValues(flags));
    this.#logger = logger;
    this.#collectors = enabledCollectors(flags).map(({ name, open }) => ({
      name,
      collect: open({ paths, flags, logger: logger.child({ collector: name }), now }),
    }));
  }

  get names(): string[] {
    return this.#collectors.map(({ name }) => name);
  }

  /** Families of the collectors named, or of all. Throws CollectorNameError. */
  async scrape(names: readonly string[] = this.names): Promise<FamilyTable> {
    const chosen = this.#chosen(names);
    const table = new FamilyTable();
    table.add(buildInfo, 1, buildLabels);
    for (const collector of chosen) {
      await this.#run(collector, table);
      // Gives way to other work between two collectors, so that a scrape never holds the event loop for long.
      await new Promise(setImmediate);
    }
    return table;
  }

  #chosen(names: readonly string[]): readonly OpenCollector[] {
    for (const name of names) {
      if (this.#collectors.some((collector) => collector.name === name)) continue;
      const isKnown = collectors.some((collector) => collector.name === name);
      throw new CollectorNameError(`${isKnown ? "disabled" : "missing"} collector: ${name}`);
    }
    return this.#collectors.filter(({ name }) => names.includes(name));
  }

  async #run({ name, collect }: OpenCollector, table: FamilyTable): Promise<void> {
    const start = performance.now();
    let isSuccess = true;
    try {
      const pending = collect(table);
      if (pending !== undefined) await pending;
    } catch (error) {
      isSuccess = false;
      const isQuiet = error instanceof NoDataError;
      const text = { name, err: errorText(error) };
      if (isQuiet) this.#logger.debug(text, "collector has no data");
      else this.#logger.error(text, "collector failed");
    }
    table.add(durationSpec, (performance.now() - start) / 1000, { collector: name });
    table.add(successSpec, isSuccess ? 1 : 0, { collector: name });
  }
}

const architectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

const buildLabels = {
  version: "0.1.0",
  revision: "",
  branch: "",
  goversion: `node${process.versions.node}`,
  goarch: architectures[arch()] ?? arch(),
  goos: process.platform,
  tags: "unknown",
};
