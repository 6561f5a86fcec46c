// Instances at their private addresses; else at a public one. Goes to: scaleway/provider.
import type { Json } from "../json.js";
import { joinHostPort, joinTags, prefixedLabels } from "../label-name.js";
import type { ScalewaySdConfig } from "./config.js";
import { filterQuery, type Pages } from "./pages.js";

export async function instanceTargets(config: ScalewaySdConfig, pages: Pages): Promise<Record<string, string>[]> {
  const servers = await pages.all({
    path: `/instance/v1/zones/${config.zone}/servers`,
    field: "servers",
    length: "per_page",
    query: { ...filterQuery(config), project: config.project_id },
  });
  return servers.flatMap((server) => targetsOf(server, config.port));
}

function targetsOf(server: Json, port: number): Record<string, string>[] {
  const text = (...names: string[]): string => server.at(...names).text();
  const ips = server.at("public_ips").list();
  const addresses = (family: string): string[] =>
    ips.filter((ip) => ip.at("family").text() === family).map((ip) => ip.at("address").text());
  const [v4, v6] = [addresses("inet"), addresses("inet6")];
  const labels = {
    boot_type: text("boot_type"),
    hostname: text("hostname"),
    id: text("id"),
    image_arch: text("image", "arch"),
    image_id: text("image", "id"),
    image_name: text("image", "name"),
    location_cluster_id: text("location", "cluster_id"),
    location_hypervisor_id: text("location", "hypervisor_id"),
    location_node_id: text("location", "node_id"),
    name: text("name"),
    organization_id: text("organization"),
    private_ipv4: text("private_ip"),
    project_id: text("project"),
    public_ipv4: text("public_ip", "address") || (v4[0] ?? ""),
    public_ipv4_addresses: joinTags(v4),
    public_ipv6: text("ipv6", "address") || (v6[0] ?? ""),
    public_ipv6_addresses: joinTags(v6),
    // "fr-par" of "fr-par-1".
    region: text("zone").split("-").slice(0, 2).join("-"),
    security_group_id: text("security_group", "id"),
    security_group_name: text("security_group", "name"),
    status: text("state"),
    tags: joinTags(server.at("tags").textList()),
    type: text("commercial_type"),
    zone: text("zone"),
  };
  const address = labels.private_ipv4 || labels.public_ipv4 || labels.public_ipv6;
  if (address === "") return [];
  return [{ __address__: joinHostPort(address, port), ...prefixedLabels("__meta_scaleway_instance_", labels) }];
}
