export { checkConfigFile, checkRuleFile } from "./check.js";
export { type ServerFlags, type ServerFlagTable, serverFlags } from "./flags.js";
export { type RunningServer, type ServerRequest, startServer } from "./main.js";
