// Labels that a flag adds, name=value for each. Goes to: tool/push, tool/rules/backtest, tool/tsdb/from-openmetrics.
import { UsageError } from "@narthex/service";

/** `flag` is named in the error. Throws UsageError. */
export function labelPairs(flag: string, texts: readonly string[]): Record<string, string> {
  const pairs = texts.map((text) => {
    const equals = text.indexOf("=");
    if (equals <= 0) throw new UsageError(`--${flag}: expected name=value, got '${text}'`);
    return [text.slice(0, equals), text.slice(equals + 1)];
  });
  return Object.fromEntries(pairs) as Record<string, string>;
}
