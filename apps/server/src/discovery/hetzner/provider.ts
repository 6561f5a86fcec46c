// hetzner_sd_configs: servers of Hetzner Cloud (docs.hetzner.cloud) or Robot (robot.hetzner.com/doc/webservice).
// Goes to: discovery/manager.
import { type ApiClient, apiUrl } from "../api-client.js";
import type { Json } from "../json.js";
import { joinHostPort, prefixedLabels } from "../label-name.js";
import { allPages } from "../pages.js";
import type { Provider } from "../provider.js";
import { apiProvider } from "../refresh.js";
import type { HetznerSdConfig } from "./config.js";

export type HetznerApis = { readonly hcloud: string; readonly robot: string };

const prefix = "__meta_hetzner_";

export const hetznerProvider: Provider<HetznerSdConfig> = hetznerProviderAt({
  hcloud: "https://api.hetzner.cloud",
  robot: "https://robot-ws.your-server.de",
});

export function hetznerProviderAt(apis: HetznerApis): Provider<HetznerSdConfig> {
  return apiProvider<HetznerSdConfig>({
    name: "hetzner",
    async list(config, api, signal) {
      const page = new Pages(api, signal);
      const targets =
        config.role === "hcloud"
          ? await cloudTargets(apis.hcloud, config, page)
          : await robotTargets(apis.robot, config, page);
      return [{ source: "hetzner", targets, labels: { [`${prefix}role`]: config.role } }];
    },
  });
}

class Pages {
  readonly #api: ApiClient;
  readonly #signal: AbortSignal;

  constructor(api: ApiClient, signal: AbortSignal) {
    this.#api = api;
    this.#signal = signal;
  }

  one(url: URL): Promise<Json> {
    return this.#api.json({ url, signal: this.#signal });
  }

  /** The list `field` of all pages. */
  all(url: URL, field: string): Promise<Json[]> {
    return allPages(async (page) => {
      url.searchParams.set("page", page || "1");
      const answer = await this.one(url);
      return { items: answer.at(field).list(), next: answer.at("meta", "pagination", "next_page").print() };
    });
  }
}

async function cloudTargets(base: string, config: HetznerSdConfig, pages: Pages): Promise<Record<string, string>[]> {
  const selector: Record<string, string> =
    config.label_selector === "" ? {} : { label_selector: config.label_selector };
  const servers = await pages.all(apiUrl(base, "/v1/servers", { per_page: "50", ...selector }), "servers");
  const networks = await pages.all(apiUrl(base, "/v1/networks", { per_page: "50" }), "networks");
  const names = new Map(networks.map((network) => [network.at("id").number(), network.at("name").text()]));
  return servers.map((server) => {
    const ip = server.at("public_net", "ipv4", "ip").text();
    return { __address__: joinHostPort(ip, config.port), ...cloudLabels(server), ...privateAddresses(server, names) };
  });
}

function cloudLabels(server: Json): Record<string, string> {
  // Its place stood in `datacenter` before the API moved it up.
  const location = server.at("location").isNull ? server.at("datacenter", "location") : server.at("location");
  const type = server.at("server_type");
  const image = server.at("image");
  const marks = server.at("labels").texts();
  const labels = {
    server_id: server.at("id").print(),
    server_name: server.at("name").text(),
    server_status: server.at("status").text(),
    public_ipv4: server.at("public_net", "ipv4", "ip").text(),
    public_ipv6_network: server.at("public_net", "ipv6", "ip").text(),
    hcloud_location: location.at("name").text(),
    hcloud_location_network_zone: location.at("network_zone").text(),
    hcloud_datacenter_location: location.at("name").text(),
    hcloud_datacenter_location_network_zone: location.at("network_zone").text(),
    hcloud_server_type: type.at("name").text(),
    hcloud_cpu_cores: type.at("cores").print(),
    hcloud_cpu_type: type.at("cpu_type").text(),
    hcloud_memory_size_gb: type.at("memory").print(),
    hcloud_disk_size_gb: type.at("disk").print(),
    hcloud_image_name: image.at("name").text(),
    hcloud_image_description: image.at("description").text(),
    hcloud_image_os_flavor: image.at("os_flavor").text(),
    hcloud_image_os_version: image.at("os_version").text(),
  };
  const present = Object.fromEntries(Object.keys(marks).map((name) => [name, "true"]));
  return {
    ...prefixedLabels(prefix, labels),
    ...prefixedLabels(`${prefix}hcloud_label_`, marks),
    ...prefixedLabels(`${prefix}hcloud_labelpresent_`, present),
  };
}

function privateAddresses(server: Json, names: ReadonlyMap<number, string>): Record<string, string> {
  const addresses = server
    .at("private_net")
    .list()
    .flatMap((network) => {
      const name = names.get(network.at("network").number());
      return name === undefined ? [] : [[name, network.at("ip").text()] as const];
    });
  return prefixedLabels(`${prefix}hcloud_private_ipv4_`, Object.fromEntries(addresses));
}

async function robotTargets(base: string, config: HetznerSdConfig, pages: Pages): Promise<Record<string, string>[]> {
  const servers = await pages.one(apiUrl(base, "/server"));
  return servers.list().map((one) => {
    const server = one.at("server");
    const ip = server.at("server_ip").text();
    const datacenter = server.at("dc").text().toLowerCase();
    const subnet = server
      .at("subnet")
      .list()
      .find((net) => net.at("ip").text().includes(":"));
    const labels = {
      server_id: server.at("server_number").print(),
      server_name: server.at("server_name").text(),
      server_status: server.at("status").text(),
      public_ipv4: ip,
      public_ipv6_network: subnet ? `${subnet.at("ip").text()}/${subnet.at("mask").print()}` : "",
      datacenter,
      robot_datacenter: datacenter,
      robot_product: server.at("product").text(),
      robot_cancelled: String(server.at("cancelled").flag()),
    };
    return { __address__: joinHostPort(ip, config.port), ...prefixedLabels(prefix, labels) };
  });
}
