// --lint and what comes of it: which checks run, and promtool's exit codes.
import { booleanFlag, durationFlag, type FlagSpec, stringFlag } from "@narthex/service";

type LintFlags = {
  readonly lint: FlagSpec<string>;
  readonly "lint-fatal": FlagSpec<boolean>;
  readonly "ignore-unknown-fields": FlagSpec<boolean>;
  readonly "enable-feature": FlagSpec<string>;
  readonly "query.lookback-delta": FlagSpec<number>;
};

export const lintFlags: LintFlags = {
  lint: stringFlag("duplicate-rules", "Linting checks to apply, comma-separated; none for none, all for all."),
  "lint-fatal": booleanFlag(false, "Make lint errors exit with exit code 3."),
  "ignore-unknown-fields": booleanFlag(false, "Pass over fields of rule files that are not Prometheus'."),
  "enable-feature": stringFlag("", "PromQL features to enable, comma-separated: promql-experimental-functions, …"),
  "query.lookback-delta": durationFlag("5m", "The server's lookback, for lint about scrape intervals."),
};

/** What is not in `known` is only told, as promtool does: a check of another command may be among them. */
export function lintChecksOf(text: string, known: readonly string[]): ReadonlySet<string> {
  const names = text.split(",");
  for (const name of names.filter((name) => !["all", "none", ...known].includes(name))) {
    process.stdout.write(`WARNING: unknown lint option ${name}\n`);
  }
  if (names.includes("none")) return new Set();
  return new Set(names.includes("all") ? known : known.filter((name) => names.includes(name)));
}

export type CheckOutcome = "good" | "lint" | "failed";

/** 1 for what is wrong, 3 for what is odd where that is to be fatal. */
export function exitCodeOf(outcomes: readonly CheckOutcome[], { isLintFatal }: { isLintFatal: boolean }): number {
  if (outcomes.includes("failed")) return 1;
  return isLintFatal && outcomes.includes("lint") ? 3 : 0;
}
