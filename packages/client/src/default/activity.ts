// nodejs_active_*: what keeps the event loop busy, by type.
import { Gauge } from "../gauge.js";
import type { DefaultScope } from "./scope.js";

// Node keeps these two undocumented; where they are gone, so are their metrics.
interface Undocumented {
  readonly _getActiveHandles?: () => readonly object[];
  readonly _getActiveRequests?: () => readonly object[];
}

export function addActivityMetrics(scope: DefaultScope): void {
  const { _getActiveHandles: handles, _getActiveRequests: requests } = process as unknown as Undocumented;
  addActivity(scope, "resources", () => process.getActiveResourcesInfo());
  if (handles !== undefined) addActivity(scope, "handles", () => handles.call(process).map(typeName));
  if (requests !== undefined) addActivity(scope, "requests", () => requests.call(process).map(typeName));
}

function typeName(item: object): string {
  return item.constructor?.name ?? "Object";
}

function addActivity(
  { registers, prefix, labels, labelNames }: DefaultScope,
  what: string,
  read: () => string[],
): void {
  new Gauge({
    name: `${prefix}nodejs_active_${what}`,
    help: `Number of active ${what} of the event loop, by type.`,
    registers,
    labelNames: ["type", ...labelNames],
    collect() {
      const counts = new Map<string, number>();
      for (const type of read()) counts.set(type, (counts.get(type) ?? 0) + 1);
      // A type that is gone must not stay at its last number.
      this.reset();
      for (const [type, count] of counts) this.labels({ ...labels, type }).set(count);
    },
  });
  new Gauge({
    name: `${prefix}nodejs_active_${what}_total`,
    help: `Total number of active ${what} of the event loop.`,
    registers,
    labelNames,
    collect() {
      this.labels(labels).set(read().length);
    },
  });
}
