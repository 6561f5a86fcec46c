// static_configs: the list stands in the config itself.
import type { StaticConfig } from "../config/discovery.js";
import type { Provider, TargetGroup } from "./provider.js";

export const staticProvider: Provider<readonly StaticConfig[]> = {
  name: "static",
  start(configs, { update }) {
    update(staticGroups(configs));
    return () => {};
  },
};

export function staticGroups(configs: readonly StaticConfig[]): TargetGroup[] {
  return configs.map(({ targets, labels }, i) => ({
    source: String(i),
    targets: targets.map((address) => ({ __address__: address })),
    labels,
  }));
}
