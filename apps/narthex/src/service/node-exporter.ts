// `narthex exporter node`.
import { nodeExporterFlags, startNodeExporter } from "@narthex/exporters";
import type { Run } from "../command.js";
import { runOf } from "../service-command.js";

export const runNodeExporter: Run = runOf({ flags: nodeExporterFlags, start: startNodeExporter });
