// hetzner_sd_configs: servers of the cloud, or those of Robot. Goes to: hetzner/provider.
import { d, type HttpClientConfig } from "@narthex/service";
import { httpSection, portField, refreshField, type SdSection } from "../../config/sd-section.js";

export type HetznerSdConfig = HttpClientConfig & {
  readonly refresh_interval: number;
  readonly port: number;
  /** "hcloud" or "robot". */
  readonly role: string;
  readonly label_selector: string;
};

export const hetznerSd: SdSection<HetznerSdConfig> = httpSection<HetznerSdConfig>(
  "hetzner.plain",
  {
    refresh_interval: refreshField(60_000),
    port: portField(80),
    role: d.withDefault(d.string, ""),
    label_selector: d.withDefault(d.string, ""),
  },
  ({ role }, fail) => {
    if (role === "") fail("role missing (one of: robot, hcloud)");
    if (!["hcloud", "robot"].includes(role)) fail(`unknown role ${JSON.stringify(role)}`);
  },
);
