export { type Config, parseConfig } from "./config/config.js";
export type { RouteConfig } from "./config/route.js";
export { type AlertmanagerFlags, type AlertmanagerFlagTable, alertmanagerFlags } from "./flags.js";
export { type AlertmanagerRequest, type RunningAlertmanager, startAlertmanager } from "./main.js";
export { type MatcherMode, type MatcherParser, matcherParserFrom } from "./matchers/parse.js";
export { printMatcher, printMatchers } from "./matchers/printer.js";
export { readTemplateFiles } from "./notify/template-files.js";
export { matchingRoutes, type Route, routeTreeFrom } from "./route/tree.js";
