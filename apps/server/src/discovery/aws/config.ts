// The lists of AWS' services, and aws_sd_configs over all of them: which region, as whom. Goes to: aws/<service>.
import { d, type HttpClientConfig } from "@narthex/service";
import { type AwsIdentityConfig, awsIdentityShape } from "../../config/aws-identity.js";
import {
  type Fail,
  httpSection,
  portField,
  refreshField,
  roleField,
  type SdSection,
  textField,
  textsField,
} from "../../config/sd-section.js";

/** What all of AWS' kinds share. */
export type AwsSdConfig = HttpClientConfig &
  AwsIdentityConfig & {
    /** Instead of the region's own URL; "" for that. */
    readonly endpoint: string;
    readonly refresh_interval: number;
    readonly port: number;
  };

export type AwsFilter = { readonly name: string; readonly values: readonly string[] };
export type Ec2SdConfig = AwsSdConfig & { readonly filters: readonly AwsFilter[] };
/** Of services that have clusters: ecs, elasticache, msk. */
export type AwsClusterSdConfig = AwsSdConfig & {
  /** Their names or ARNs; all of them where the list is empty. */
  readonly clusters: readonly string[];
  readonly request_concurrency: number;
};
export type RdsSdConfig = AwsClusterSdConfig & { readonly filters: readonly AwsFilter[] };

export const awsRoles = ["ec2", "ecs", "elasticache", "lightsail", "msk", "rds"] as const;
/** aws_sd_configs: any of the services. */
export type AwsRoleSdConfig = Ec2SdConfig & { readonly role: string; readonly clusters: readonly string[] };

/** Requests that a cluster service takes at a time; its API bounds how many it takes in a second. */
export const requestConcurrency = { ecs: 20, elasticache: 20, msk: 10, rds: 10 } as const;

const awsShape = {
  endpoint: textField,
  ...awsIdentityShape,
  refresh_interval: refreshField(60_000),
  port: portField(80),
};
const filters = d.withDefault(d.list(d.object("aws.Filter", { name: textField, values: textsField })), []);

export const ec2Sd: SdSection<Ec2SdConfig> = httpSection<Ec2SdConfig>(
  "aws.plain",
  { ...awsShape, filters },
  (config, fail) => checkFilters("EC2", config, fail),
);

export const lightsailSd: SdSection<AwsSdConfig> = httpSection<AwsSdConfig>("aws.plain", awsShape);

export const ecsSd: SdSection<AwsClusterSdConfig> = clusterSection(requestConcurrency.ecs);
export const elasticacheSd: SdSection<AwsClusterSdConfig> = clusterSection(requestConcurrency.elasticache);
export const mskSd: SdSection<AwsClusterSdConfig> = clusterSection(requestConcurrency.msk);

export const rdsSd: SdSection<RdsSdConfig> = httpSection<RdsSdConfig>(
  "aws.plain",
  { ...awsShape, ...clusterShape(requestConcurrency.rds), filters },
  (config, fail) => checkFilters("RDS", config, fail),
);

export const awsSd: SdSection<AwsRoleSdConfig> = httpSection<AwsRoleSdConfig>(
  "aws.plain",
  {
    ...awsShape,
    role: roleField(awsRoles, { initial: "", refuse: unknownRole }),
    filters,
    clusters: textsField,
  },
  (config, fail) => {
    if (config.role === "") fail(unknownRole(""));
    checkFilters(config.role.toUpperCase(), config, fail);
  },
);

function unknownRole(role: string): string {
  return `unknown AWS SD role ${JSON.stringify(role)}`;
}

function clusterSection(concurrency: number): SdSection<AwsClusterSdConfig> {
  return httpSection<AwsClusterSdConfig>("aws.plain", { ...awsShape, ...clusterShape(concurrency) }, checkConcurrency);
}

function clusterShape(concurrency: number): {
  readonly clusters: typeof textsField;
  readonly request_concurrency: ReturnType<typeof d.withDefault<number>>;
} {
  return { clusters: textsField, request_concurrency: d.withDefault(d.integer, concurrency) };
}

function checkConcurrency({ request_concurrency: concurrency }: AwsClusterSdConfig, fail: Fail): void {
  if (concurrency < 1) fail("request_concurrency must be above 0");
}

function checkFilters(title: string, config: { readonly filters: readonly AwsFilter[] }, fail: Fail): void {
  if (config.filters.some(({ values }) => values.length === 0)) {
    fail(`${title} SD configuration filter values cannot be empty`);
  }
}
