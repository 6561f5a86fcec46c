// ionos_sd_configs: servers of one data centre. Goes to: ionos/provider.
import type { HttpClientConfig } from "@narthex/service";
import { httpSection, portField, refreshField, type SdSection, textField } from "../../config/sd-section.js";

export type IonosSdConfig = HttpClientConfig & {
  readonly datacenter_id: string;
  readonly refresh_interval: number;
  readonly port: number;
};

export const ionosSd: SdSection<IonosSdConfig> = httpSection<IonosSdConfig>(
  "ionos.plain",
  { datacenter_id: textField, refresh_interval: refreshField(60_000), port: portField(80) },
  ({ datacenter_id }, fail) => {
    if (datacenter_id === "") fail("datacenter id can't be empty");
  },
);
