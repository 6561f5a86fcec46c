// aws_sd_configs: whichever of AWS' services the role names. Goes to: discovery/manager.
import type { Provider, ProviderWorld } from "../provider.js";
import { type AwsRoleSdConfig, requestConcurrency } from "./config.js";
import { ec2Provider } from "./ec2.js";
import { ecsProvider } from "./ecs.js";
import { elasticacheProvider } from "./elasticache.js";
import { lightsailProvider } from "./lightsail.js";
import { mskProvider } from "./msk.js";
import { rdsProvider } from "./rds.js";

type Start = (config: AwsRoleSdConfig, world: ProviderWorld) => () => void;

const roles: Readonly<Record<string, Start>> = {
  ec2: (config, world) => ec2Provider.start(config, world),
  ecs: (config, world) => ecsProvider.start({ ...config, request_concurrency: requestConcurrency.ecs }, world),
  elasticache: (config, world) =>
    elasticacheProvider.start({ ...config, request_concurrency: requestConcurrency.elasticache }, world),
  lightsail: (config, world) => lightsailProvider.start(config, world),
  msk: (config, world) => mskProvider.start({ ...config, request_concurrency: requestConcurrency.msk }, world),
  rds: (config, world) => rdsProvider.start({ ...config, request_concurrency: requestConcurrency.rds }, world),
};

export const awsRoleProvider: Provider<AwsRoleSdConfig> = {
  name: "aws",
  start(config, world) {
    const start = roles[config.role];
    if (!start) throw new Error(`unknown AWS SD role ${JSON.stringify(config.role)}`);
    return start(config, world);
  },
};
