// scaleway_sd_configs: instances (developers.scaleway.com/en/products/instance/api) or bare-metal servers
// (developers.scaleway.com/en/products/baremetal/api) of one zone. Goes to: discovery/manager.
import { secretText } from "@narthex/service";
import type { Provider } from "../provider.js";
import { sessionProvider } from "../refresh.js";
import { baremetalTargets } from "./baremetal.js";
import type { ScalewaySdConfig } from "./config.js";
import { instanceTargets } from "./instance.js";
import { Pages } from "./pages.js";

export const scalewayProvider: Provider<ScalewaySdConfig> = sessionProvider<ScalewaySdConfig>({
  name: "scaleway",
  http: (config) => config,
  open:
    ({ config, api }) =>
    async (signal) => {
      const token = secretText(config.secret_key, config.secret_key_file);
      const pages = new Pages({ base: config.api_url, api, signal, token });
      const targetsOf = config.role === "instance" ? instanceTargets : baremetalTargets;
      return [{ source: "scaleway", targets: await targetsOf(config, pages), labels: {} }];
    },
});
