// vultr_sd_configs: the account's instances. Goes to: vultr/provider.
import type { HttpClientConfig } from "@narthex/service";
import { httpSection, portField, refreshField, type SdSection } from "../../config/sd-section.js";

export type VultrSdConfig = HttpClientConfig & {
  readonly refresh_interval: number;
  readonly port: number;
};

export const vultrSd: SdSection<VultrSdConfig> = httpSection<VultrSdConfig>("vultr.plain", {
  refresh_interval: refreshField(60_000),
  port: portField(80),
});
