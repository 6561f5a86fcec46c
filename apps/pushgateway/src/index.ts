export { type PushgatewayValues, pushgatewayFlags } from "./flags.js";
export { type RunningPushgateway, type StartPushgateway, startPushgateway } from "./gateway.js";
