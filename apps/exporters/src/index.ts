export { nodeExporterFlags } from "./node/flags.js";
export { type RunningExporter, type StartNodeExporter, startNodeExporter } from "./node/server.js";
