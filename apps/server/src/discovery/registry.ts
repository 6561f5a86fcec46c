// Which provider serves which list of a config section. Providers that few configurations name are loaded when one does:
// their code takes no memory before.

import type { DiscoveryConfigs, SdConfigs, SdLists } from "../config/discovery.js";
import { sdFields } from "../config/discovery.js";
import { configKey } from "../config/key.js";
import { fileProvider } from "./file.js";
import type { Provider, ProviderWorld } from "./provider.js";
import { staticProvider } from "./static.js";

/** One provider with its config, not yet started. */
export type ProviderRequest = {
  readonly name: string;
  /** Equal for equal configs of one kind: such providers are started once. */
  readonly key: string;
  /** Throws, or calls `fail` later, where the provider cannot begin. Returns a function that stops it. */
  readonly start: (world: ProviderWorld, fail: (error: unknown) => void) => () => void;
};

type Load<C> = () => Promise<Provider<C>>;
type Entry<C> = Provider<C> | Load<C>;
type Providers = { readonly [Field in keyof SdConfigs]: Entry<SdConfigs[Field]> };

const providers: Providers = {
  aws_sd_configs: async () => (await import("./aws/role.js")).awsRoleProvider,
  azure_sd_configs: async () => (await import("./azure/provider.js")).azureProvider,
  ecs_sd_configs: async () => (await import("./aws/ecs.js")).ecsProvider,
  elasticache_sd_configs: async () => (await import("./aws/elasticache.js")).elasticacheProvider,
  gce_sd_configs: async () => (await import("./gce/provider.js")).gceProvider,
  ionos_sd_configs: async () => (await import("./ionos/provider.js")).ionosProvider,
  kuma_sd_configs: async () => (await import("./kuma/provider.js")).kumaProvider,
  msk_sd_configs: async () => (await import("./aws/msk.js")).mskProvider,
  nerve_sd_configs: async () => (await import("./zookeeper/provider.js")).nerveProvider,
  oci_sd_configs: async () => (await import("./oci/provider.js")).ociProvider,
  openstack_sd_configs: async () => (await import("./openstack/provider.js")).openstackProvider,
  outscale_sd_configs: async () => (await import("./outscale/provider.js")).outscaleProvider,
  ovhcloud_sd_configs: async () => (await import("./ovhcloud/provider.js")).ovhcloudProvider,
  rds_sd_configs: async () => (await import("./aws/rds.js")).rdsProvider,
  scaleway_sd_configs: async () => (await import("./scaleway/provider.js")).scalewayProvider,
  serverset_sd_configs: async () => (await import("./zookeeper/provider.js")).serversetProvider,
  stackit_sd_configs: async () => (await import("./stackit/provider.js")).stackitProvider,
  triton_sd_configs: async () => (await import("./triton/provider.js")).tritonProvider,
  uyuni_sd_configs: async () => (await import("./uyuni/provider.js")).uyuniProvider,
  vultr_sd_configs: async () => (await import("./vultr/provider.js")).vultrProvider,
  ec2_sd_configs: async () => (await import("./aws/ec2.js")).ec2Provider,
  lightsail_sd_configs: async () => (await import("./aws/lightsail.js")).lightsailProvider,
  linode_sd_configs: async () => (await import("./linode/provider.js")).linodeProvider,
  local_sd_configs: async () => (await import("./local/provider.js")).localProvider,
  hetzner_sd_configs: async () => (await import("./hetzner/provider.js")).hetznerProvider,
  digitalocean_sd_configs: async () => (await import("./digitalocean/provider.js")).digitaloceanProvider,
  marathon_sd_configs: async () => (await import("./marathon/provider.js")).marathonProvider,
  puppetdb_sd_configs: async () => (await import("./puppetdb/provider.js")).puppetdbProvider,
  eureka_sd_configs: async () => (await import("./eureka/provider.js")).eurekaProvider,
  nomad_sd_configs: async () => (await import("./nomad/provider.js")).nomadProvider,
  dockerswarm_sd_configs: async () => (await import("./dockerswarm/provider.js")).dockerswarmProvider,
  docker_sd_configs: async () => (await import("./docker/provider.js")).dockerProvider,
  kubernetes_sd_configs: async () => (await import("./kubernetes/provider.js")).kubernetesProvider,
  consul_sd_configs: async () => (await import("./consul/provider.js")).consulProvider,
  file_sd_configs: fileProvider,
  dns_sd_configs: async () => (await import("./dns/provider.js")).dnsProvider,
  http_sd_configs: async () => (await import("./http/provider.js")).httpProvider,
};

export function providersOf(configs: DiscoveryConfigs): ProviderRequest[] {
  const requests = sdFields.flatMap((field) => requestsOf(field, configs));
  // A section without any list still has an empty one: its job is known, with no targets.
  requests.push(requestOf("static", staticProvider, configs.static_configs));
  return requests;
}

function requestsOf<Field extends keyof SdConfigs>(field: Field, configs: SdLists): ProviderRequest[] {
  const list: readonly SdConfigs[Field][] = configs[field];
  const provider: Providers[Field] = providers[field];
  const name = field.replace("_sd_configs", "");
  return list.map((config) => requestOf(name, provider, config));
}

function requestOf<C>(name: string, provider: Entry<C>, config: C): ProviderRequest {
  return {
    name,
    key: `${name} ${configKey(config)}`,
    start: (world, fail) =>
      typeof provider === "function" ? startLoaded(provider, { config, world, fail }) : provider.start(config, world),
  };
}

type Start<C> = {
  readonly config: C;
  readonly world: ProviderWorld;
  readonly fail: (error: unknown) => void;
};

/** It may be stopped before it is loaded. */
function startLoaded<C>(load: Load<C>, { config, world, fail }: Start<C>): () => void {
  let isStopped = false;
  let stop = (): void => {};
  const start = async (): Promise<void> => {
    const provider = await load();
    if (!isStopped) stop = provider.start(config, world);
  };
  start().catch(fail);
  return () => {
    isStopped = true;
    stop();
  };
}
