// linode_sd_configs. Goes to: linode/provider.
import { d, type HttpClientConfig } from "@narthex/service";
import { httpSection, portField, refreshField, type SdSection } from "../../config/sd-section.js";

export type LinodeSdConfig = HttpClientConfig & {
  readonly refresh_interval: number;
  readonly port: number;
  readonly tag_separator: string;
  /** "" for all. */
  readonly region: string;
};

export const linodeSd: SdSection<LinodeSdConfig> = httpSection<LinodeSdConfig>("linode.plain", {
  refresh_interval: refreshField(60_000),
  port: portField(80),
  tag_separator: d.withDefault(d.string, ","),
  region: d.withDefault(d.string, ""),
});
