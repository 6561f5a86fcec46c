export type { AlertEpisode } from "./backtest/episodes.js";
export type { Ticks } from "./backtest/rule.js";
export { type BacktestReport, type BacktestRequest, runBacktest } from "./backtest/run.js";
export { type ConfigReport, checkConfigFile, scrapeIntervalLint } from "./check/config.js";
export { type CheckedTarget, checkDiscovery } from "./check/discovery.js";
export { checkRuleFile, checkRuleText, type RuleFileReport } from "./check/rules.js";
export { checkMode, type ServerFlags, type ServerFlagTable, serverFlags } from "./flags.js";
export { type RunningServer, type ServerRequest, startServer } from "./main.js";
export { loadRuleFile, type RecordingRuleConfig, type RuleConfig, type RuleGroupConfig } from "./rules/config.js";
export { gridOffsetMs } from "./rules/group.js";
export type { DiffStyle } from "./unittest/difference.js";
export { printJunit } from "./unittest/junit.js";
export {
  failuresOf,
  type RuleTestCase,
  type RuleTestOptions,
  type RuleTestSuite,
  runRuleTests,
} from "./unittest/run.js";
export { type EngineFeatures, engineFeaturesFrom } from "./unittest/simulation.js";
