// ionos_sd_configs: servers of one data centre (api.ionos.com/docs/cloud/v6). Goes to: discovery/manager.
import { apiUrl } from "../api-client.js";
import type { Json } from "../json.js";
import { joinHostPort, joinTags, prefixedLabels } from "../label-name.js";
import type { Provider } from "../provider.js";
import { apiProvider } from "../refresh.js";
import type { IonosSdConfig } from "./config.js";

const prefix = "__meta_ionos_server_";

export const ionosProvider: Provider<IonosSdConfig> = ionosProviderAt("https://api.ionos.com/cloudapi/v6");

export function ionosProviderAt(base: string): Provider<IonosSdConfig> {
  return apiProvider<IonosSdConfig>({
    name: "ionos",
    async list({ datacenter_id, port }, api, signal) {
      // Three levels: servers, their network interfaces and volumes, what those hold.
      const url = apiUrl(base, `/datacenters/${encodeURIComponent(datacenter_id)}/servers`, { depth: "3" });
      const answer = await api.json({ url, signal });
      const list = answer.at("id").text();
      const servers = answer.at("items").list();
      return [{ source: "ionos", targets: servers.flatMap((one) => serverTargets(one, { list, port })), labels: {} }];
    },
  });
}

function serverTargets(
  server: Json,
  { list, port }: { readonly list: string; readonly port: number },
): Record<string, string>[] {
  const interfaces = server.at("entities", "nics", "items").list();
  const ips: string[] = [];
  const byName: Record<string, string[]> = {};
  for (const one of interfaces) {
    const name = one.at("properties", "name").text() || "unnamed";
    const own = one.at("properties", "ips").textList();
    // The last interface comes first.
    ips.unshift(...own);
    byName[name] = [...own, ...(byName[name] ?? [])];
  }
  const [address] = ips;
  if (address === undefined) return [];
  const property = (...names: string[]): string => server.at("properties", ...names).text();
  const labels = {
    availability_zone: property("availabilityZone"),
    cpu_family: property("cpuFamily"),
    servers_id: list,
    id: server.at("id").text(),
    ip: joinTags(ips),
    lifecycle: server.at("metadata", "state").text(),
    name: property("name"),
    state: property("vmState"),
    type: property("type"),
    boot_cdrom_id: property("bootCdrom", "id"),
    boot_volume_id: property("bootVolume", "id"),
    boot_image_id: server.at("entities", "volumes", "items").list()[0]?.at("properties", "image").text() ?? "",
  };
  const addresses = Object.entries(byName).map(([name, own]) => [name, joinTags(own)] as const);
  return [
    {
      __address__: joinHostPort(address, port),
      ...prefixedLabels(prefix, labels),
      ...prefixedLabels(`${prefix}nic_ip_`, Object.fromEntries(addresses)),
    },
  ];
}
