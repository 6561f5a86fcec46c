// Structured logs on standard error, logfmt or JSON, with the keys that Prometheus uses.
import { type Logger as PinoLogger, pino } from "pino";
import { printLogfmt } from "./logfmt.js";

export type Logger = PinoLogger;

export const logLevels = ["debug", "info", "warn", "error"] as const;
export const logFormats = ["logfmt", "json"] as const;

export type LoggerOptions = {
  readonly level: (typeof logLevels)[number];
  readonly format: (typeof logFormats)[number];
  /** Takes one line with its newline; standard error when absent. */
  readonly write?: (line: string) => void;
};

export function createLogger(options: LoggerOptions): Logger {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const print = options.format === "logfmt" ? printLogfmt : (line: string) => line;
  return pino(
    {
      level: options.level,
      base: null,
      messageKey: "msg",
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
      serializers: { err: errorText, error: errorText },
    },
    { write: (line: string) => write(print(line)) },
  );
}

/** The message and its causes in one line: "cannot write: no space left". */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause === undefined) return error.message;
  const cause = errorText(error.cause);
  // Some messages say their cause already.
  return error.message.endsWith(cause) ? error.message : `${error.message}: ${cause}`;
}
