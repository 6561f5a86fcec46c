export { checkConfigFile, checkRuleFile } from "./check.js";
export { type ServerFlags, type ServerFlagTable, serverFlags } from "./flags.js";
export { type RunningServer, type ServerRequest, startServer } from "./main.js";
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
