// docker_sd_configs: running containers of one engine, a target for each port of each network.
// Comes from: docker/engine. Goes to: discovery/manager.
import type { Json } from "../json.js";
import { joinHostPort, prefixedLabels } from "../label-name.js";
import type { Provider } from "../provider.js";
import { apiProvider } from "../refresh.js";
import type { DockerSdConfig } from "./config.js";
import { engineOf, networkLabels } from "./engine.js";

const prefix = "__meta_docker_";

export const dockerProvider: Provider<DockerSdConfig> = apiProvider<DockerSdConfig>({
  name: "docker",
  async list(config, api, signal) {
    const engine = engineOf(config, api, signal);
    const containers = (await engine({ path: "/containers/json", filters: config.filters })).list();
    const scope: Scope = {
      config,
      networks: await networkLabels(engine, prefix),
      byId: new Map(containers.map((container) => [container.at("Id").text(), container])),
    };
    return [{ source: "Docker", targets: containers.flatMap((one) => containerTargets(one, scope)), labels: {} }];
  },
});

type Scope = {
  readonly config: DockerSdConfig;
  readonly networks: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly byId: ReadonlyMap<string, Json>;
};

function containerTargets(container: Json, scope: Scope): Record<string, string>[] {
  const labels = containerLabels(container);
  const networked = networkOwner(container, scope);
  const isHost = networkMode(container) === "host";
  const ports = networked
    .at("Ports")
    .list()
    .filter((port) => port.at("Type").text() === "tcp");
  return networksOf(networked, scope.config).flatMap((network) => {
    const ip = network.at("IPAddress").text();
    const ofNetwork = {
      ...labels,
      [`${prefix}network_ip`]: ip,
      ...scope.networks.get(network.at("NetworkID").text()),
    };
    if (ports.length > 0) return ports.map((port) => ({ ...portTarget(ip, port), ...ofNetwork }));
    const { host_networking_host, port } = scope.config;
    return [{ __address__: isHost ? host_networking_host : joinHostPort(ip, port), ...ofNetwork }];
  });
}

/** Of `network_mode: container:…` it is the other container that has networks and ports. */
function networkOwner(container: Json, { byId }: Scope): Json {
  const seen = new Set<Json>();
  let owner = container;
  while (networkMode(owner).startsWith("container:") && !seen.has(owner)) {
    seen.add(owner);
    owner = byId.get(networkMode(owner).slice("container:".length)) ?? owner;
  }
  return owner;
}

function networkMode(container: Json): string {
  return container.at("HostConfig", "NetworkMode").text();
}

/** By name; the first alone where `match_first_network` says so. */
function networksOf(container: Json, { match_first_network }: DockerSdConfig): Json[] {
  const networks = container
    .at("NetworkSettings", "Networks")
    .fields()
    .filter(([, network]) => !network.isNull);
  const sorted = networks.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, network]) => network);
  return match_first_network ? sorted.slice(0, 1) : sorted;
}

function containerLabels(container: Json): Record<string, string> {
  return {
    [`${prefix}container_id`]: container.at("Id").text(),
    [`${prefix}container_name`]: container.at("Names").list()[0]?.text() ?? "",
    [`${prefix}container_image`]: container.at("Image").text(),
    [`${prefix}container_image_id`]: container.at("ImageID").text(),
    [`${prefix}container_network_mode`]: networkMode(container),
    ...prefixedLabels(`${prefix}container_label_`, container.at("Labels").texts()),
  };
}

function portTarget(ip: string, port: Json): Record<string, string> {
  const isPublic = port.at("PublicPort").number() > 0;
  return {
    __address__: joinHostPort(ip, port.at("PrivatePort").number()),
    [`${prefix}port_private`]: port.at("PrivatePort").print(),
    ...(isPublic
      ? {
          [`${prefix}port_public`]: port.at("PublicPort").print(),
          [`${prefix}port_public_ip`]: port.at("IP").text(),
        }
      : {}),
  };
}
