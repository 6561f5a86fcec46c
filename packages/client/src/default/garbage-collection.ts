// nodejs_gc_duration_seconds, by kind of collection.
import { constants, PerformanceObserver } from "node:perf_hooks";
import { Histogram } from "../histogram.js";
import type { DefaultScope } from "./scope.js";

const kinds: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, "major"],
  [constants.NODE_PERFORMANCE_GC_MINOR, "minor"],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, "incremental"],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, "weakcb"],
]);

/** Returns a function that stops the observing. */
export function addGarbageCollectionMetrics(scope: DefaultScope, buckets: readonly number[]): () => void {
  const histogram = new Histogram({
    name: `${scope.prefix}nodejs_gc_duration_seconds`,
    help: "Garbage collection duration by kind, one of major, minor, incremental or weakcb.",
    registers: scope.registers,
    labelNames: ["kind", ...scope.labelNames],
    buckets,
  });
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      // Not in the general type: entries of type "gc" say their kind in `detail`.
      const { detail } = entry as unknown as { readonly detail: { readonly kind: number } };
      const kind = kinds.get(detail.kind) ?? "unknown";
      histogram.labels({ ...scope.labels, kind }).observe(entry.duration / 1000);
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  return () => observer.disconnect();
}
