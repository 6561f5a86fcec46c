// Where targets come from: the *_sd_configs lists and static_configs, as scrape_configs and alertmanagers share them.
// Goes to: discovery/manager. The field names are those of discovery/registry.
import { quote } from "@narthex/model";
import { d, type OptionalDecoder } from "@narthex/service";
import { nonNull, type ShapeOf } from "./shape.js";
import { unsupported } from "./unsupported.js";

const address = d.refine(d.string, (text, fail) =>
  text.includes("/") ? fail(`${quote(text)} is not a valid hostname`) : text,
);

export type StaticConfig = {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
};

export type FileSdConfig = {
  readonly files: readonly string[];
  readonly refresh_interval: number;
};

export type DiscoveryConfigs = {
  readonly static_configs: readonly StaticConfig[];
  readonly file_sd_configs: readonly FileSdConfig[];
};

const staticShape: ShapeOf<StaticConfig> = {
  targets: d.withDefault(d.list(address), []),
  labels: d.withDefault(d.map(d.string), {}),
};

const filePathForm = /^[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)$/;

const filePath = d.refine(d.string, (path, fail) =>
  filePathForm.test(path) ? path : fail(`path name ${quote(path)} is not valid for file discovery`),
);

const fileShape: ShapeOf<FileSdConfig> = {
  files: d.refine(d.withDefault(d.list(filePath), []), (files, fail) =>
    files.length > 0 ? files : fail("file service discovery config must contain at least one path name"),
  ),
  refresh_interval: d.withDefault(d.duration, 300_000),
};

const discoveryLists: ShapeOf<DiscoveryConfigs> = {
  static_configs: d.withDefault(
    d.list(nonNull(d.object("targetgroup.Group", staticShape), "empty or null section in static_configs")),
    [],
  ),
  file_sd_configs: d.withDefault(d.list(d.object("file.plain", fileShape)), []),
};

const unsupportedProviders = [
  "aws",
  "azure",
  "consul",
  "digitalocean",
  "dns",
  "docker",
  "dockerswarm",
  "ec2",
  "ecs",
  "elasticache",
  "eureka",
  "gce",
  "hetzner",
  "http",
  "ionos",
  "kubernetes",
  "kuma",
  "lightsail",
  "linode",
  "marathon",
  "msk",
  "nerve",
  "nomad",
  "oci",
  "openstack",
  "outscale",
  "ovhcloud",
  "puppetdb",
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
export const discoveryShape: ShapeOf<DiscoveryConfigs> = { ...unsupportedLists, ...discoveryLists };

export function resolveDiscoveryPaths<T extends DiscoveryConfigs>(configs: T, at: (path: string) => string): T {
  const file_sd_configs = configs.file_sd_configs.map((config) => ({ ...config, files: config.files.map(at) }));
  return { ...configs, file_sd_configs };
}
