// The entry `@narthex/promql/testing`: runs scripts in Prometheus' test language.

export { ScriptError } from "./promqltest/line.js";
export {
  type EvalFailure,
  type EvalForm,
  runScript,
  type ScriptResult,
  scriptEngineOptions,
} from "./promqltest/runner.js";
