export {
  type ConsoleData,
  type ConsoleOptions,
  parseConsole,
  renderConsole,
} from "./alert/console.js";
export {
  type AlertData,
  type AlertTemplate,
  type ExpandOptions,
  type Expansion,
  expandAlertTemplate,
  parseAlertTemplate,
} from "./alert/expand.js";
export { queriesMax, renderWithQueries } from "./alert/queries.js";
export { CallError, TemplateError, TemplateLimitError, type TemplatePosition } from "./errors.js";
export type { MissingKey } from "./exec/execution.js";
export { defaultLimits, type TemplateLimits } from "./exec/limits.js";
export { type AlertmanagerContext, alertmanagerFunctions } from "./functions/alertmanager.js";
export {
  type PrometheusContext,
  prometheusFunctions,
  type QueryFunction,
  type QuerySample,
} from "./functions/prometheus.js";
export { type ContentKind, trusted } from "./html/content.js";
export { type NotificationAlert, type NotificationData, notificationValue } from "./notification/data.js";
export {
  type NotificationContext,
  type NotificationTemplates,
  parseNotificationTemplates,
  renderHtml,
  renderText,
  type TemplateFile,
} from "./notification/render.js";
export {
  type ExecuteOptions,
  execute,
  extendTemplate,
  parseTemplate,
  type Template,
  type TemplateOptions,
} from "./template.js";
export { durationOf } from "./time/duration.js";
export { timeAt, timeFromMs, zeroTime } from "./time/time.js";
export { printJson, valueFromJson } from "./value/json.js";
export {
  type CallScope,
  type FunctionTable,
  type GoType,
  type ListValue,
  listOf,
  type MapValue,
  mapOf,
  type StructValue,
  stringsOf,
  structOf,
  type TemplateFunction,
  type TimeValue,
  type Value,
} from "./value/value.js";
