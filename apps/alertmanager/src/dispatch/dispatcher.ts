// Sorts alerts into aggregation groups by the route tree. Comes from: alerts, every alert as it arrives.
// Goes to: notify, through each group's flush.
import { type Labels, labelsKey } from "@narthex/model";
import { type Clock, compareUtf8 } from "@narthex/stdx";
import { type Alert, compareLabelSets } from "../alerts/alert.js";
import { groupLabelsOf, matchingRoutes, type Route } from "../route/tree.js";
import { AggregationGroup, type FlushTask } from "./group.js";

export interface DispatcherOptions {
  readonly route: Route;
  readonly clock: Clock;
  readonly flush: FlushTask;
  /** How often empty groups are taken down. */
  readonly maintenanceMs: number;
  /** Groups together; alerts of further ones wait until there is room. */
  readonly groupsMax: number;
  readonly onGroupLimit: (alert: Alert) => void;
}

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #groups = new Map<string, AggregationGroup>();
  #cancelMaintenance: () => void = () => undefined;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#scheduleMaintenance();
  }

  get groupCount(): number {
    return this.#groups.size;
  }

  dispatch(alert: Alert): void {
    for (const route of matchingRoutes(this.#options.route, alert.labels)) this.#dispatchTo(route, alert);
  }

  /** By group labels, then receiver. */
  groups(): AggregationGroup[] {
    return [...this.#groups.values()].sort(
      (a, b) => compareLabelSets(a.labels, b.labels) || compareUtf8(a.route.receiver, b.route.receiver),
    );
  }

  /** Resolves when no flush is under way any more. */
  async close(): Promise<void> {
    this.#cancelMaintenance();
    const groups = [...this.#groups.values()];
    this.#groups.clear();
    await Promise.all(groups.map((group) => group.close()));
  }

  #dispatchTo(route: Route, alert: Alert): void {
    const labels = groupLabelsOf(route, alert.labels);
    const key = `${route.id}\u0000${labelsKey(labels)}`;
    const group = this.#groups.get(key) ?? this.#create(key, { route, labels });
    if (group) group.insert(alert);
    else this.#options.onGroupLimit(alert);
  }

  #create(key: string, place: { route: Route; labels: Labels }): AggregationGroup | undefined {
    const { groupsMax, clock, flush } = this.#options;
    if (this.#groups.size >= groupsMax) return undefined;
    const group = new AggregationGroup({ ...place, clock, flush });
    this.#groups.set(key, group);
    return group;
  }

  #scheduleMaintenance(): void {
    this.#cancelMaintenance = this.#options.clock.after(this.#options.maintenanceMs, () => {
      this.#removeEmpty();
      this.#scheduleMaintenance();
    });
  }

  #removeEmpty(): void {
    for (const [key, group] of this.#groups) {
      if (!group.isEmpty) continue;
      // Nothing is under way in it, so there is nothing to wait for.
      void group.close();
      this.#groups.delete(key);
    }
  }
}
