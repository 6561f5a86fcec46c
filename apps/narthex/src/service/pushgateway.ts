// `narthex pushgateway`.
import { pushgatewayFlags, startPushgateway } from "@narthex/pushgateway";
import type { Run } from "../command.js";
import { runOf } from "../service-command.js";

export const runPushgateway: Run = runOf({ flags: pushgatewayFlags, start: startPushgateway });
