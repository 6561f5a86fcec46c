// digitalocean_sd_configs. Goes to: digitalocean/provider.
import { d, type HttpClientConfig } from "@narthex/service";
import { httpSection, portField, refreshField, type SdSection } from "../../config/sd-section.js";

export type DigitaloceanSdConfig = HttpClientConfig & {
  readonly refresh_interval: number;
  readonly port: number;
  readonly role: string;
};

export const digitaloceanSd: SdSection<DigitaloceanSdConfig> = httpSection<DigitaloceanSdConfig>(
  "digitalocean.plain",
  {
    refresh_interval: refreshField(60_000),
    port: portField(80),
    role: d.withDefault(d.string, "droplet"),
  },
  ({ role }, fail) => {
    if (role === "database") fail("not supported yet: digitalocean_sd_configs of role database");
    if (role !== "droplet") fail(`unknown role ${JSON.stringify(role)}`);
  },
);
