// vultr_sd_configs: the account's instances (vultr.com/api/#tag/instances). Goes to: discovery/manager.
import { apiUrl } from "../api-client.js";
import type { Json } from "../json.js";
import { joinHostPort, joinTags, prefixedLabels } from "../label-name.js";
import { allPages } from "../pages.js";
import type { Provider } from "../provider.js";
import { apiProvider } from "../refresh.js";
import type { VultrSdConfig } from "./config.js";

export const vultrProvider: Provider<VultrSdConfig> = vultrProviderAt("https://api.vultr.com");

export function vultrProviderAt(base: string): Provider<VultrSdConfig> {
  return apiProvider<VultrSdConfig>({
    name: "vultr",
    async list({ port }, api, signal) {
      const instances = await allPages(async (cursor) => {
        const query = { per_page: "100", ...(cursor === "" ? {} : { cursor }) };
        const answer = await api.json({ url: apiUrl(base, "/v2/instances", query), signal });
        return { items: answer.at("instances").list(), next: answer.at("meta", "links", "next").text() };
      });
      return [{ source: "Vultr", targets: instances.map((one) => instanceTarget(one, port)), labels: {} }];
    },
  });
}

function instanceTarget(instance: Json, port: number): Record<string, string> {
  const print = (field: string): string => instance.at(field).print();
  const labels = {
    id: print("id"),
    label: print("label"),
    os: print("os"),
    os_id: print("os_id"),
    region: print("region"),
    plan: print("plan"),
    vcpu_count: print("vcpu_count"),
    ram_mb: print("ram"),
    allowed_bandwidth_gb: print("allowed_bandwidth"),
    disk_gb: print("disk"),
    main_ip: print("main_ip"),
    main_ipv6: print("v6_main_ip"),
    internal_ip: print("internal_ip"),
    hostname: print("hostname"),
    server_status: print("server_status"),
    features: joinTags(instance.at("features").textList()),
    tags: joinTags(instance.at("tags").textList()),
  };
  return { __address__: joinHostPort(labels.main_ip, port), ...prefixedLabels("__meta_vultr_instance_", labels) };
}
