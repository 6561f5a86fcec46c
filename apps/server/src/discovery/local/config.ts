// local_sd_configs: programs of this machine that show metrics. Ours alone: `narthex up` looks for them unless told not to.
// Goes to: local/provider.
import { d } from "@narthex/service";
import { refreshField, type SdSection } from "../../config/sd-section.js";

export type LocalSdConfig = {
  readonly refresh_interval: number;
  /** Ports that are never asked, besides those that speak something else than HTTP. */
  readonly exclude_ports: readonly number[];
};

// Differs: see docs/compatibility.md#service-discovery
export const localSd: SdSection<LocalSdConfig> = {
  decoder: d.object("local.plain", {
    refresh_interval: refreshField(15_000),
    exclude_ports: d.withDefault(d.list(d.unsigned), []),
  }),
  withPaths: (config) => config,
};
