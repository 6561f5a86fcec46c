// The flags of every program's log.
import { type FlagSpec, stringFlag } from "../flags/spec.js";
import { logFormats, logLevels } from "./logger.js";

export type LogFlags = {
  readonly "log.level": FlagSpec<string>;
  readonly "log.format": FlagSpec<string>;
};

export const logFlags: LogFlags = {
  "log.level": stringFlag("info", "Only log messages with the given severity or above.", { choices: logLevels }),
  "log.format": stringFlag("logfmt", "Output format of log messages.", { choices: logFormats }),
};
