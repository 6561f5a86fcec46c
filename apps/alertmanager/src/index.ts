export { type Config, parseConfig } from "./config/config.js";
export { type AlertmanagerFlags, type AlertmanagerFlagTable, alertmanagerFlags } from "./flags.js";
export { type AlertmanagerRequest, type RunningAlertmanager, startAlertmanager } from "./main.js";
