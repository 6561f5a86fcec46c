// Where targets come from: the *_sd_configs lists and static_configs, as scrape_configs and alertmanagers share them.
// How an entry of each kind is read stands beside its provider, in discovery/<provider>/config.
// Goes to: discovery/manager.
import { quote } from "@narthex/model";
import { type Decoder, d, type OptionalDecoder } from "@narthex/service";
import { type AwsSdConfig, type Ec2SdConfig, ec2Sd, lightsailSd } from "../discovery/aws/config.js";
import { type ConsulSdConfig, consulSd } from "../discovery/consul/config.js";
import { type DigitaloceanSdConfig, digitaloceanSd } from "../discovery/digitalocean/config.js";
import { type DnsSdConfig, dnsSd } from "../discovery/dns/config.js";
import { type DockerSdConfig, dockerSd } from "../discovery/docker/config.js";
import { type DockerSwarmSdConfig, dockerswarmSd } from "../discovery/dockerswarm/config.js";
import { type EurekaSdConfig, eurekaSd } from "../discovery/eureka/config.js";
import { type FileSdConfig, fileSd } from "../discovery/file-config.js";
import { type HetznerSdConfig, hetznerSd } from "../discovery/hetzner/config.js";
import { type HttpSdConfig, httpSd } from "../discovery/http/config.js";
import { type KubernetesSdConfig, kubernetesSd } from "../discovery/kubernetes/config.js";
import { type LinodeSdConfig, linodeSd } from "../discovery/linode/config.js";
import { type MarathonSdConfig, marathonSd } from "../discovery/marathon/config.js";
import { type NomadSdConfig, nomadSd } from "../discovery/nomad/config.js";
import { type PuppetdbSdConfig, puppetdbSd } from "../discovery/puppetdb/config.js";
import type { SdSection } from "./sd-section.js";
import { nonNull, type ShapeOf } from "./shape.js";
import { unsupported } from "./unsupported.js";

export type StaticConfig = {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
};

/** What one entry of each list is. */
export type SdConfigs = {
  readonly ec2_sd_configs: Ec2SdConfig;
  readonly lightsail_sd_configs: AwsSdConfig;
  readonly linode_sd_configs: LinodeSdConfig;
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
  ec2_sd_configs: ec2Sd,
  lightsail_sd_configs: lightsailSd,
  linode_sd_configs: linodeSd,
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
  return d.withDefault(d.list(sections[field].decoder), []);
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

const unsupportedProviders = [
  "aws",
  "azure",
  "ecs",
  "elasticache",
  "gce",
  "ionos",
  "kuma",
  "msk",
  "nerve",
  "oci",
  "openstack",
  "outscale",
  "ovhcloud",
  "rds",
  "scaleway",
  "serverset",
  "stackit",
  "triton",
  "uyuni",
  "vultr",
] as const;

const unsupportedLists: Readonly<Record<string, OptionalDecoder<undefined>>> = Object.fromEntries(
  unsupportedProviders.map((name) => [`${name}_sd_configs`, unsupported(`${name}_sd_configs`)]),
);

/** Fields to spread into the shape of a section that finds targets. */
export const discoveryShape: ShapeOf<DiscoveryConfigs> = {
  ...unsupportedLists,
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
