// Where targets come from: the *_sd_configs lists and static_configs, as scrape_configs and alertmanagers share them.
// How an entry of each kind is read stands beside its provider, in discovery/<provider>/config.
// Goes to: discovery/manager.
import { quote } from "@narthex/model";
import { type Decoder, d } from "@narthex/service";
import {
  type AwsClusterSdConfig,
  type AwsRoleSdConfig,
  type AwsSdConfig,
  awsSd,
  type Ec2SdConfig,
  ec2Sd,
  ecsSd,
  elasticacheSd,
  lightsailSd,
  mskSd,
  type RdsSdConfig,
  rdsSd,
} from "../discovery/aws/config.js";
import { type AzureSdConfig, azureSd } from "../discovery/azure/config.js";
import { type ConsulSdConfig, consulSd } from "../discovery/consul/config.js";
import { type DigitaloceanSdConfig, digitaloceanSd } from "../discovery/digitalocean/config.js";
import { type DnsSdConfig, dnsSd } from "../discovery/dns/config.js";
import { type DockerSdConfig, dockerSd } from "../discovery/docker/config.js";
import { type DockerSwarmSdConfig, dockerswarmSd } from "../discovery/dockerswarm/config.js";
import { type EurekaSdConfig, eurekaSd } from "../discovery/eureka/config.js";
import { type FileSdConfig, fileSd } from "../discovery/file-config.js";
import { type GceSdConfig, gceSd } from "../discovery/gce/config.js";
import { type HetznerSdConfig, hetznerSd } from "../discovery/hetzner/config.js";
import { type HttpSdConfig, httpSd } from "../discovery/http/config.js";
import { type IonosSdConfig, ionosSd } from "../discovery/ionos/config.js";
import { type KubernetesSdConfig, kubernetesSd } from "../discovery/kubernetes/config.js";
import { type KumaSdConfig, kumaSd } from "../discovery/kuma/config.js";
import { type LinodeSdConfig, linodeSd } from "../discovery/linode/config.js";
import { type LocalSdConfig, localSd } from "../discovery/local/config.js";
import { type MarathonSdConfig, marathonSd } from "../discovery/marathon/config.js";
import { type NomadSdConfig, nomadSd } from "../discovery/nomad/config.js";
import { type OciSdConfig, ociSd } from "../discovery/oci/config.js";
import { type OpenstackSdConfig, openstackSd } from "../discovery/openstack/config.js";
import { type OutscaleSdConfig, outscaleSd } from "../discovery/outscale/config.js";
import { type OvhcloudSdConfig, ovhcloudSd } from "../discovery/ovhcloud/config.js";
import { type PuppetdbSdConfig, puppetdbSd } from "../discovery/puppetdb/config.js";
import { type ScalewaySdConfig, scalewaySd } from "../discovery/scaleway/config.js";
import { type StackitSdConfig, stackitSd } from "../discovery/stackit/config.js";
import { type TritonSdConfig, tritonSd } from "../discovery/triton/config.js";
import { type UyuniSdConfig, uyuniSd } from "../discovery/uyuni/config.js";
import { type VultrSdConfig, vultrSd } from "../discovery/vultr/config.js";
import { nerveSd, serversetSd, type ZookeeperSdConfig } from "../discovery/zookeeper/config.js";
import type { SdSection } from "./sd-section.js";
import { nonNull, type ShapeOf } from "./shape.js";

export type StaticConfig = {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
};

/** What one entry of each list is. */
export type SdConfigs = {
  readonly aws_sd_configs: AwsRoleSdConfig;
  readonly azure_sd_configs: AzureSdConfig;
  readonly ecs_sd_configs: AwsClusterSdConfig;
  readonly elasticache_sd_configs: AwsClusterSdConfig;
  readonly gce_sd_configs: GceSdConfig;
  readonly ionos_sd_configs: IonosSdConfig;
  readonly kuma_sd_configs: KumaSdConfig;
  readonly msk_sd_configs: AwsClusterSdConfig;
  readonly nerve_sd_configs: ZookeeperSdConfig;
  readonly oci_sd_configs: OciSdConfig;
  readonly openstack_sd_configs: OpenstackSdConfig;
  readonly outscale_sd_configs: OutscaleSdConfig;
  readonly ovhcloud_sd_configs: OvhcloudSdConfig;
  readonly rds_sd_configs: RdsSdConfig;
  readonly scaleway_sd_configs: ScalewaySdConfig;
  readonly serverset_sd_configs: ZookeeperSdConfig;
  readonly stackit_sd_configs: StackitSdConfig;
  readonly triton_sd_configs: TritonSdConfig;
  readonly uyuni_sd_configs: UyuniSdConfig;
  readonly vultr_sd_configs: VultrSdConfig;
  readonly ec2_sd_configs: Ec2SdConfig;
  readonly lightsail_sd_configs: AwsSdConfig;
  readonly linode_sd_configs: LinodeSdConfig;
  readonly local_sd_configs: LocalSdConfig;
  readonly hetzner_sd_configs: HetznerSdConfig;
  readonly digitalocean_sd_configs: DigitaloceanSdConfig;
  readonly marathon_sd_configs: MarathonSdConfig;
  readonly puppetdb_sd_configs: PuppetdbSdConfig;
  readonly eureka_sd_configs: EurekaSdConfig;
  readonly nomad_sd_configs: NomadSdConfig;
  readonly dockerswarm_sd_configs: DockerSwarmSdConfig;
  readonly docker_sd_configs: DockerSdConfig;
  readonly kubernetes_sd_configs: KubernetesSdConfig;
  readonly consul_sd_configs: ConsulSdConfig;
  readonly dns_sd_configs: DnsSdConfig;
  readonly file_sd_configs: FileSdConfig;
  readonly http_sd_configs: HttpSdConfig;
};

export type SdLists = { readonly [Field in keyof SdConfigs]: readonly SdConfigs[Field][] };
export type DiscoveryConfigs = SdLists & { readonly static_configs: readonly StaticConfig[] };

const sections: { readonly [Field in keyof SdConfigs]: SdSection<SdConfigs[Field]> } = {
  aws_sd_configs: awsSd,
  azure_sd_configs: azureSd,
  ecs_sd_configs: ecsSd,
  elasticache_sd_configs: elasticacheSd,
  gce_sd_configs: gceSd,
  ionos_sd_configs: ionosSd,
  kuma_sd_configs: kumaSd,
  msk_sd_configs: mskSd,
  nerve_sd_configs: nerveSd,
  oci_sd_configs: ociSd,
  openstack_sd_configs: openstackSd,
  outscale_sd_configs: outscaleSd,
  ovhcloud_sd_configs: ovhcloudSd,
  rds_sd_configs: rdsSd,
  scaleway_sd_configs: scalewaySd,
  serverset_sd_configs: serversetSd,
  stackit_sd_configs: stackitSd,
  triton_sd_configs: tritonSd,
  uyuni_sd_configs: uyuniSd,
  vultr_sd_configs: vultrSd,
  ec2_sd_configs: ec2Sd,
  lightsail_sd_configs: lightsailSd,
  linode_sd_configs: linodeSd,
  local_sd_configs: localSd,
  hetzner_sd_configs: hetznerSd,
  digitalocean_sd_configs: digitaloceanSd,
  marathon_sd_configs: marathonSd,
  puppetdb_sd_configs: puppetdbSd,
  eureka_sd_configs: eurekaSd,
  nomad_sd_configs: nomadSd,
  dockerswarm_sd_configs: dockerswarmSd,
  docker_sd_configs: dockerSd,
  kubernetes_sd_configs: kubernetesSd,
  consul_sd_configs: consulSd,
  dns_sd_configs: dnsSd,
  file_sd_configs: fileSd,
  http_sd_configs: httpSd,
};

// The table is complete by type, so its keys are these fields.
export const sdFields: readonly (keyof SdConfigs)[] = Object.keys(sections) as (keyof SdConfigs)[];

const staticShape: ShapeOf<StaticConfig> = {
  targets: d.withDefault(d.list(d.string), []),
  labels: d.withDefault(d.map(d.string), {}),
};

const staticConfigs: Decoder<readonly StaticConfig[]> = d.withDefault(
  d.list(nonNull(d.object("targetgroup.Group", staticShape), "empty or null section in static_configs")),
  [],
);

function listOf<Field extends keyof SdConfigs>(field: Field): Decoder<readonly SdConfigs[Field][]> {
  return d.withDefault(d.list(nonNull(sections[field].decoder, `empty or null section in ${field}`)), []);
}

/** For a section that rewrites no targets: what it lists is called as it stands. */
export function checkStaticTargets({ static_configs }: DiscoveryConfigs, fail: (text: string) => never): void {
  const bad = static_configs.flatMap(({ targets }) => targets).find((target) => target.includes("/"));
  if (bad !== undefined) fail(`${quote(bad)} is not a valid hostname`);
}

/** A section that finds nothing. */
export const noDiscovery: DiscoveryConfigs = {
  // Complete for the same reason as sdFields.
  ...(Object.fromEntries(sdFields.map((field) => [field, []])) as unknown as SdLists),
  static_configs: [],
};

/** Fields to spread into the shape of a section that finds targets. */
export const discoveryShape: ShapeOf<DiscoveryConfigs> = {
  // Complete for the same reason as sdFields.
  ...(Object.fromEntries(sdFields.map((field) => [field, listOf(field)])) as unknown as ShapeOf<SdLists>),
  static_configs: staticConfigs,
};

/** The paths of every list made absolute against the folder of `file`. */
export function resolveDiscoveryPaths<T extends DiscoveryConfigs>(configs: T, file: string): T {
  const lists = sdFields.map((field) => [field, resolveList(field, { configs, file })] as const);
  return { ...configs, ...Object.fromEntries(lists) };
}

type ListScope = { readonly configs: SdLists; readonly file: string };

function resolveList<Field extends keyof SdConfigs>(
  field: Field,
  { configs, file }: ListScope,
): readonly SdConfigs[Field][] {
  const list: readonly SdConfigs[Field][] = configs[field];
  const { withPaths }: SdSection<SdConfigs[Field]> = sections[field];
  return list.map((config) => withPaths(config, file));
}
