// ovhcloud_sd_configs: virtual private servers, or dedicated ones. Goes to: ovhcloud/provider.
import { d, Secret } from "@narthex/service";
import { type Fail, refreshField, type SdSection, textField } from "../../config/sd-section.js";

export type OvhcloudSdConfig = {
  /** Name of an API ("ovh-eu"), or its URL. */
  readonly endpoint: string;
  readonly application_key: string;
  readonly application_secret: Secret;
  readonly consumer_key: Secret;
  readonly refresh_interval: number;
  /** "vps" or "dedicated_server". */
  readonly service: string;
};

const secretField = d.withDefault(d.secret, new Secret(""));
const shape = {
  endpoint: d.withDefault(d.string, "ovh-eu"),
  application_key: textField,
  application_secret: secretField,
  consumer_key: secretField,
  refresh_interval: refreshField(60_000),
  service: textField,
};

export const ovhcloudSd: SdSection<OvhcloudSdConfig> = {
  decoder: d.refine(d.object("ovhcloud.plain", shape), checkOvhcloud),
  withPaths: (config) => config,
};

function checkOvhcloud(config: OvhcloudSdConfig, fail: Fail): OvhcloudSdConfig {
  if (config.endpoint === "") fail("endpoint can not be empty");
  if (config.application_key === "") fail("application key can not be empty");
  if (config.application_secret.reveal() === "") fail("application secret can not be empty");
  if (config.consumer_key.reveal() === "") fail("consumer key can not be empty");
  if (!["dedicated_server", "vps"].includes(config.service)) fail(`unknown service: ${config.service}`);
  return config;
}
