// digitalocean_sd_configs: the account's droplets, or its databases. Goes to: digitalocean/provider.
import type { HttpClientConfig } from "@narthex/service";
import { httpSection, portField, refreshField, roleField, type SdSection } from "../../config/sd-section.js";

export type DigitaloceanSdConfig = HttpClientConfig & {
  readonly refresh_interval: number;
  readonly port: number;
  /** "droplets" or "databases". */
  readonly role: string;
};

export const digitaloceanSd: SdSection<DigitaloceanSdConfig> = httpSection<DigitaloceanSdConfig>("digitalocean.plain", {
  refresh_interval: refreshField(60_000),
  port: portField(80),
  role: roleField(["droplets", "databases"], {
    initial: "droplets",
    refuse: (role) => `unknown DigitalOcean SD role ${JSON.stringify(role)}`,
  }),
});
