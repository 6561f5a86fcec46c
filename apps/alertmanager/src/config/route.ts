// `route` of alertmanager.yml: the tree as it was written. Inheritance is route/tree's.
import type { Matcher } from "@narthex/model";
import { type Decoder, d, type YamlNode } from "@narthex/service";
import type { MatcherParser } from "../matchers/parse.js";
import { matchDecoder, matchersDecoder, matchRegexDecoder } from "./matchers.js";

/** Durations in milliseconds; undefined means inherited. */
export interface RouteConfig {
  readonly receiver: string | undefined;
  /** "..." stands for all labels. */
  readonly groupBy: readonly string[] | undefined;
  readonly matchers: readonly Matcher[];
  readonly labels: Readonly<Record<string, string>>;
  readonly isContinued: boolean;
  readonly groupWaitMs: number | undefined;
  readonly groupIntervalMs: number | undefined;
  readonly repeatIntervalMs: number | undefined;
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  readonly routes: readonly RouteConfig[];
}

/** What routes refer to. */
export interface RouteReferences {
  readonly parseMatchers: MatcherParser;
  readonly receivers: ReadonlySet<string>;
  readonly timeIntervals: ReadonlySet<string>;
}

/** Routes nested deeper are refused. */
export const routeDepthMax: number = 100;

const wholeGroup = "...";

const groupByDecoder: Decoder<readonly string[]> = d.refine(d.list(d.string), (names, fail) => {
  const invalid = names.find((name) => name === "");
  if (invalid !== undefined) fail(`invalid label name ${JSON.stringify(invalid)} in group_by list`);
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) fail(`duplicated label ${JSON.stringify(repeated)} in group_by`);
  if (names.includes(wholeGroup) && names.length > 1) {
    fail("cannot have wildcard group_by (`...`) and other other labels at the same time");
  }
  return names;
});

function intervalDecoder(name: string): Decoder<number> {
  return d.refine(d.duration, (ms, fail) => (ms === 0 ? fail(`${name} cannot be zero`) : ms));
}

function referenceDecoder(what: string, known: ReadonlySet<string>): Decoder<string> {
  return d.refine(d.string, (name, fail) =>
    known.has(name) ? name : fail(`undefined ${what} ${JSON.stringify(name)} used in route`),
  );
}

function receiverDecoder(known: ReadonlySet<string>): Decoder<string | undefined> {
  const reference = referenceDecoder("receiver", known);
  return (node) => (d.string(node) === "" ? undefined : reference(node));
}

export function routeDecoder(references: RouteReferences, depth = 0): Decoder<RouteConfig> {
  const interval = referenceDecoder("time interval", references.timeIntervals);
  const nested: Decoder<RouteConfig> = (node) => {
    if (depth >= routeDepthMax) return node.fail(`routes nested deeper than ${routeDepthMax}`);
    return routeDecoder(references, depth + 1)(node);
  };
  return d.refine(
    d.object("config.plain", {
      receiver: d.optional(receiverDecoder(references.receivers)),
      group_by: d.optional(groupByDecoder),
      match: d.withDefault(matchDecoder, []),
      match_re: d.withDefault(matchRegexDecoder, []),
      matchers: d.withDefault(matchersDecoder(references.parseMatchers), []),
      labels: d.withDefault(d.map(d.string), {}),
      continue: d.withDefault(d.boolean, false),
      group_wait: d.optional(d.duration),
      group_interval: d.optional(intervalDecoder("group_interval")),
      repeat_interval: d.optional(intervalDecoder("repeat_interval")),
      mute_time_intervals: d.withDefault(d.list(interval), []),
      active_time_intervals: d.withDefault(d.list(interval), []),
      routes: d.withDefault(d.list(nested), []),
    }),
    (fields) => ({
      receiver: fields.receiver,
      groupBy: fields.group_by,
      matchers: [...fields.match, ...fields.match_re, ...fields.matchers],
      labels: fields.labels,
      isContinued: fields.continue,
      groupWaitMs: fields.group_wait,
      groupIntervalMs: fields.group_interval,
      repeatIntervalMs: fields.repeat_interval,
      muteTimeIntervals: fields.mute_time_intervals,
      activeTimeIntervals: fields.active_time_intervals,
      routes: fields.routes,
    }),
  );
}

/** The root, with what a root must and must not have. */
export function rootRouteDecoder(references: RouteReferences): Decoder<RouteConfig> {
  const decode = routeDecoder(references);
  return (node: YamlNode) => {
    const root = decode(node);
    if (root.receiver === undefined) node.fail("root route must specify a default receiver");
    if (root.matchers.length > 0) node.fail("root route must not have any matchers");
    if (root.muteTimeIntervals.length > 0) node.fail("root route must not have any mute time intervals");
    if (root.activeTimeIntervals.length > 0) node.fail("root route must not have any active time intervals");
    if (root.isContinued) node.fail("cannot have continue in root route");
    return root;
  };
}
