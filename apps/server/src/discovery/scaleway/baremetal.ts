// Bare-metal servers, with the names of what they were ordered as and what runs on them. Goes to: scaleway/provider.
import type { Json } from "../json.js";
import { joinHostPort, joinTags, prefixedLabels } from "../label-name.js";
import type { ScalewaySdConfig } from "./config.js";
import { filterQuery, type Pages } from "./pages.js";

type Names = { readonly offers: ReadonlyMap<string, Json>; readonly systems: ReadonlyMap<string, Json> };

export async function baremetalTargets(config: ScalewaySdConfig, pages: Pages): Promise<Record<string, string>[]> {
  const zone = `/baremetal/v1/zones/${config.zone}`;
  const all = (name: string, query: Readonly<Record<string, string>> = {}): Promise<Json[]> =>
    pages.all({ path: `${zone}/${name}`, field: name, length: "page_size", query });
  const servers = await all("servers", { ...filterQuery(config), project_id: config.project_id });
  const names = { offers: byId(await all("offers")), systems: byId(await all("os")) };
  return servers.map((server) => targetOf(server, config.port, names));
}

function byId(items: readonly Json[]): ReadonlyMap<string, Json> {
  return new Map(items.map((item) => [item.at("id").text(), item]));
}

function targetOf(server: Json, port: number, { offers, systems }: Names): Record<string, string> {
  const text = (field: string): string => server.at(field).text();
  const ips = server.at("ips").list();
  const first = (version: string): string =>
    ips
      .find((ip) => ip.at("version").text() === version)
      ?.at("address")
      .text() ?? "";
  const system = systems.get(server.at("install", "os_id").text());
  const labels = {
    id: text("id"),
    name: text("name"),
    os_name: system?.at("name").text() ?? "",
    os_version: system?.at("version").text() ?? "",
    project_id: text("project_id"),
    public_ipv4: first("IPv4"),
    public_ipv6: first("IPv6"),
    status: text("status"),
    tags: joinTags(server.at("tags").textList()),
    type: offers.get(text("offer_id"))?.at("name").text() ?? "",
    zone: text("zone"),
  };
  const address = labels.public_ipv4 || labels.public_ipv6;
  return {
    // Prometheus: a server without an address has no __address__, and is dropped by what comes after.
    ...(address === "" ? {} : { __address__: joinHostPort(address, port) }),
    ...prefixedLabels("__meta_scaleway_baremetal_", labels),
  };
}
