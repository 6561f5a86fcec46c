// outscale_sd_configs: virtual machines of one region. Goes to: outscale/provider.
import { d, type HttpClientConfig, type Secret } from "@narthex/service";
import {
  checkSecretKey,
  type Fail,
  httpSection,
  portField,
  refreshField,
  type SdSection,
  textField,
  withFiles,
} from "../../config/sd-section.js";

export type OutscaleSdConfig = HttpClientConfig & {
  /** "" for the region's own. */
  readonly endpoint: string;
  readonly region: string;
  readonly access_key: string;
  readonly secret_key: Secret | undefined;
  readonly secret_key_file: string;
  readonly refresh_interval: number;
  readonly port: number;
};

const section = httpSection<OutscaleSdConfig>(
  "outscale.plain",
  {
    endpoint: textField,
    region: d.withDefault(d.string, "eu-west-2"),
    access_key: textField,
    secret_key: d.optional(d.secret),
    secret_key_file: textField,
    refresh_interval: refreshField(60_000),
    port: portField(80),
  },
  checkOutscale,
);

export const outscaleSd: SdSection<OutscaleSdConfig> = withFiles(section, ["secret_key_file"]);

function checkOutscale(config: OutscaleSdConfig, fail: Fail): void {
  if (config.region === "") fail("outscale SD configuration requires a region");
  if (config.access_key === "") fail("outscale SD configuration requires access_key");
  checkSecretKey(config, fail);
}
