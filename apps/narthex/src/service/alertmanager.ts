// `narthex alertmanager`.
import { alertmanagerFlags, startAlertmanager } from "@narthex/alertmanager";
import type { Run } from "../command.js";
import { runOf } from "../service-command.js";

export const runAlertmanager: Run = runOf({ flags: alertmanagerFlags, start: startAlertmanager });
