// Which provider serves which list of a config section.

import type { DiscoveryConfigs } from "../config/discovery.js";
import { configKey } from "../config/key.js";
import { fileProvider } from "./file.js";
import type { Provider, ProviderWorld } from "./provider.js";
import { staticProvider } from "./static.js";

/** One provider with its config, not yet started. */
export type ProviderRequest = {
  readonly name: string;
  /** Equal for equal configs of one kind: such providers are started once. */
  readonly key: string;
  readonly start: (world: ProviderWorld) => () => void;
};

export function providersOf(configs: DiscoveryConfigs): ProviderRequest[] {
  const requests = configs.file_sd_configs.map((config) => requestOf(fileProvider, config));
  // A section without any list still has an empty one: its job is known, with no targets.
  requests.push(requestOf(staticProvider, configs.static_configs));
  return requests;
}

function requestOf<C>(provider: Provider<C>, config: C): ProviderRequest {
  return {
    name: provider.name,
    key: `${provider.name} ${configKey(config)}`,
    start: (world) => provider.start(config, world),
  };
}
