// ec2_sd_configs and lightsail_sd_configs: which region, as whom. Goes to: aws/ec2, aws/lightsail.
import { d, type HttpClientConfig, type Secret } from "@narthex/service";
import { type Fail, httpSection, portField, refreshField, type SdSection } from "../../config/sd-section.js";

/** What all of AWS' kinds share. */
export type AwsSdConfig = HttpClientConfig & {
  /** Instead of the region's own URL; "" for that. */
  readonly endpoint: string;
  readonly region: string;
  readonly access_key: string;
  readonly secret_key: Secret | undefined;
  readonly profile: string;
  readonly role_arn: string;
  readonly external_id: string;
  readonly refresh_interval: number;
  readonly port: number;
};

export type Ec2Filter = { readonly name: string; readonly values: readonly string[] };
export type Ec2SdConfig = AwsSdConfig & { readonly filters: readonly Ec2Filter[] };

const text = d.withDefault(d.string, "");
const awsShape = {
  endpoint: text,
  region: text,
  access_key: text,
  secret_key: d.optional(d.secret),
  profile: text,
  role_arn: text,
  external_id: text,
  refresh_interval: refreshField(60_000),
  port: portField(80),
};
const filter = d.object("aws.Filter", { name: text, values: d.withDefault(d.list(d.string), []) });

export const ec2Sd: SdSection<Ec2SdConfig> = httpSection<Ec2SdConfig>(
  "aws.plain",
  { ...awsShape, filters: d.withDefault(d.list(filter), []) },
  (config, fail) => {
    if (config.filters.some(({ values }) => values.length === 0)) {
      fail("EC2 SD configuration filter values cannot be empty");
    }
    checkAws(config, fail);
  },
);

export const lightsailSd: SdSection<AwsSdConfig> = httpSection<AwsSdConfig>("aws.plain", awsShape, checkAws);

function checkAws({ role_arn }: AwsSdConfig, fail: Fail): void {
  if (role_arn !== "") fail("not supported yet: role_arn");
}
