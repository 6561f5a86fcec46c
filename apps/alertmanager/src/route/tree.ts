// The route tree with inheritance worked out. Comes from: config. Goes to: dispatch, which asks for an alert's routes.
import { emptyLabels, keepLabels, type Labels, type Matcher, matchesAll } from "@narthex/model";
import type { RouteConfig } from "../config/route.js";
import { printMatchers, sortMatchers } from "../matchers/printer.js";

export interface Route {
  /** Unique in the tree. */
  readonly id: string;
  /** The matchers from the root to here; the first part of group keys, the same in every Alertmanager. */
  readonly key: string;
  readonly receiver: string;
  readonly matchers: readonly Matcher[];
  readonly groupBy: ReadonlySet<string>;
  readonly isGroupedByAll: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly isContinued: boolean;
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  readonly children: readonly Route[];
}

const defaults = {
  receiver: "",
  groupBy: new Set<string>(),
  isGroupedByAll: false,
  labels: {},
  groupWaitMs: 30_000,
  groupIntervalMs: 5 * 60_000,
  repeatIntervalMs: 4 * 3_600_000,
};

export function routeTreeFrom(root: RouteConfig): Route {
  const matchers = printMatchers(sortMatchers(root.matchers));
  return routeFrom(root, defaults, { id: matchers, key: matchers });
}

function routeFrom(config: RouteConfig, parent: typeof defaults, place: { id: string; key: string }): Route {
  const groupBy = config.groupBy ?? [...parent.groupBy];
  const isGroupedByAll = config.groupBy ? config.groupBy.includes("...") : parent.isGroupedByAll;
  const inherited = {
    receiver: config.receiver ?? parent.receiver,
    groupBy: new Set(groupBy.filter((name) => name !== "...")),
    isGroupedByAll,
    labels: { ...parent.labels, ...config.labels },
    groupWaitMs: config.groupWaitMs ?? parent.groupWaitMs,
    groupIntervalMs: config.groupIntervalMs ?? parent.groupIntervalMs,
    repeatIntervalMs: config.repeatIntervalMs ?? parent.repeatIntervalMs,
  };
  const children = config.routes.map((child, i) => {
    const matchers = printMatchers(sortMatchers(child.matchers));
    return routeFrom(child, inherited, { id: `${place.id}/${matchers}/${i}`, key: `${place.key}/${matchers}` });
  });
  const { isContinued, muteTimeIntervals, activeTimeIntervals } = config;
  const matchers = sortMatchers(config.matchers);
  return { ...place, ...inherited, matchers, isContinued, muteTimeIntervals, activeTimeIntervals, children };
}

/** Depth first; the first child that matches ends the search among its siblings unless it continues. */
export function matchingRoutes(route: Route, labels: Labels): Route[] {
  if (!matchesAll(route.matchers, labels)) return [];
  const found: Route[] = [];
  for (const child of route.children) {
    const matching = matchingRoutes(child, labels);
    found.push(...matching);
    if (matching.length > 0 && !child.isContinued) break;
  }
  return found.length > 0 ? found : [route];
}

export function groupLabelsOf(route: Route, labels: Labels): Labels {
  if (route.isGroupedByAll) return labels;
  return route.groupBy.size === 0 ? emptyLabels : keepLabels(labels, route.groupBy);
}

export function* allRoutes(route: Route): Generator<Route> {
  yield route;
  for (const child of route.children) yield* allRoutes(child);
}
