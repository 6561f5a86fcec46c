// `narthex tool check config|rules|web-config`: says of each file whether it loads, in promtool's form: verdicts on
// standard output, what is wrong on standard error.
import { readFileSync } from "node:fs";
import {
  checkConfigFile,
  checkRuleFile,
  checkRuleText,
  engineFeaturesFrom,
  type RuleFileReport,
  scrapeIntervalLint,
} from "@narthex/server";
import {
  booleanFlag,
  errorText,
  type FlagTable,
  type FlagValues,
  loadWebConfig,
  parseCommandLine,
} from "@narthex/service";
import type { Run } from "../../command.js";
import { type CheckOutcome, exitCodeOf, lintChecksOf, lintFlags } from "./lint.js";

const configFlags = {
  ...lintFlags,
  "syntax-only": booleanFlag(false, "Only check the syntax, and no file that the config names."),
  agent: booleanFlag(false, "Check the config file for Prometheus in agent mode."),
} satisfies FlagTable;

type RuleCheck = (file: string) => RuleFileReport;

export const runCheckConfig: Run = async ({ name, summary, args }) => {
  const request = { name: `narthex ${name}`, description: summary, table: configFlags, args };
  const { flags, words: files } = parseCommandLine({ ...request, words: "<config-files>..." });
  const lint = lintChecksOf(flags.lint, ["duplicate-rules", "too-long-scrape-interval"]);
  const lookbackDeltaMs = lint.has("too-long-scrape-interval") ? flags["query.lookback-delta"] : 0;
  const options = { syntaxOnly: flags["syntax-only"], isAgent: flags.agent, warn: say };
  const checkRules = ruleCheckOf(flags, lint);
  const outcomes = files.flatMap((file) => {
    say(`Checking ${file}`);
    try {
      const report = checkConfigFile(file, options);
      if (report.ruleFiles.length > 0) say(`  SUCCESS: ${report.ruleFiles.length} rule files found`);
      const oddity = scrapeIntervalLint(report, lookbackDeltaMs);
      if (oddity !== undefined) complain(`  FAILED: ${oddity}`);
      say(` SUCCESS: ${file} is valid prometheus config file syntax\n`);
      return [
        oddity === undefined ? "good" : "lint",
        ...report.ruleFiles.map((rules) => reportRules(rules, checkRules)),
      ];
    } catch (error) {
      complain(`  FAILED: ${errorText(error)}`);
      say("");
      return ["failed"];
    }
  }) as CheckOutcome[];
  return exitCodeOf(outcomes, { isLintFatal: flags["lint-fatal"] });
};

export const runCheckRules: Run = async ({ name, summary, args }) => {
  const request = { name: `narthex ${name}`, description: summary, table: lintFlags, args };
  const { flags, words: files } = parseCommandLine({ ...request, words: "[<rule-files>...]" });
  const lint = lintChecksOf(flags.lint, ["duplicate-rules"]);
  const check = files.length > 0 ? ruleCheckOf(flags, lint) : standardInputCheck(flags, lint);
  const outcomes = (files.length > 0 ? files : ["standard input"]).map((file) => reportRules(file, check));
  return exitCodeOf(outcomes, { isLintFatal: flags["lint-fatal"] });
};

export const runCheckWebConfig: Run = async ({ name, summary, args }) => {
  const request = { name: `narthex ${name}`, description: summary, table: {}, args };
  const { words: files } = parseCommandLine({ ...request, words: "<web-config-files>..." });
  const outcomes = files.map((file): CheckOutcome => {
    try {
      loadWebConfig(file);
      say(`${file} SUCCESS`);
      return "good";
    } catch (error) {
      complain(`${file} FAILED: ${errorText(error)}`);
      return "failed";
    }
  });
  return exitCodeOf(outcomes, { isLintFatal: false });
};

type RuleFlags = FlagValues<typeof lintFlags>;

function ruleOptions(flags: RuleFlags): {
  ignoreUnknownFields: boolean;
  features: ReturnType<typeof engineFeaturesFrom>["promql"];
} {
  const { promql } = engineFeaturesFrom(new Set(flags["enable-feature"].split(",")));
  return { ignoreUnknownFields: flags["ignore-unknown-fields"], features: promql };
}

function ruleCheckOf(flags: RuleFlags, lint: ReadonlySet<string>): RuleCheck {
  return (file) => checkRuleFile(file, { duplicateRules: lint.has("duplicate-rules") }, ruleOptions(flags));
}

function standardInputCheck(flags: RuleFlags, checks: ReadonlySet<string>): RuleCheck {
  const lint = { duplicateRules: checks.has("duplicate-rules") };
  return (name) => checkRuleText(name, readFileSync(0, "utf8"), { ...ruleOptions(flags), lint });
}

function reportRules(file: string, check: RuleCheck): CheckOutcome {
  say(`Checking ${file}`);
  try {
    const { rules, lint } = check(file);
    if (lint === undefined) {
      say(`  SUCCESS: ${rules} rules found\n`);
      return "good";
    }
    complain(`  FAILED:\n${lint}`);
    say("");
    return "lint";
  } catch (error) {
    complain(`  FAILED:\n${errorText(error)}`);
    say("");
    return "failed";
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}
