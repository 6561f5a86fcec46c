// ovhcloud_sd_configs: virtual private servers or dedicated servers (eu.api.ovh.com/console). They have addresses and no
// port: relabelling gives them one. Goes to: discovery/manager.
import { isIPv4 } from "node:net";
import { defaultHttpClientConfig } from "@narthex/service";
import { isRefusal } from "../api-client.js";
import { concurrently, requestsMax } from "../concurrently.js";
import type { Json } from "../json.js";
import { prefixedLabels } from "../label-name.js";
import type { Provider } from "../provider.js";
import { sessionProvider } from "../refresh.js";
import { OvhcloudClient } from "./client.js";
import type { OvhcloudSdConfig } from "./config.js";

export const ovhcloudProvider: Provider<OvhcloudSdConfig> = sessionProvider<OvhcloudSdConfig>({
  name: "ovhcloud",
  http: () => defaultHttpClientConfig,
  open: ({ config, api, world }) => {
    const client = new OvhcloudClient({ config, api, clock: world.clock });
    const isVps = config.service === "vps";
    const folder = isVps ? "/vps" : "/dedicated/server";
    const labelsOf = isVps ? vpsLabels : dedicatedLabels;
    const detailed = async (name: string, signal: AbortSignal): Promise<Record<string, string> | undefined> => {
      const path = `${folder}/${encodeURIComponent(name)}`;
      try {
        const server = await client.get(path, signal);
        const ips = (await client.get(`${path}/ips`, signal)).textList();
        return targetOf(server, { ips, prefix: `__meta_ovhcloud_${config.service}_`, labelsOf });
      } catch (error) {
        // Differs: see docs/compatibility.md#service-discovery
        if (!isRefusal(error)) throw error;
        world.logger.warn({ err: error }, `ovhcloud_${config.service}: Could not get details of ${name}`);
        return undefined;
      }
    };
    return async (signal) => {
      const names = (await client.get(folder, signal)).textList();
      const found = await concurrently(names, requestsMax, (name) => detailed(name, signal));
      const targets = found.filter((target) => target !== undefined);
      return [{ source: `ovhcloud_${config.service}`, targets, labels: {} }];
    };
  },
});

type Kind = {
  readonly ips: readonly string[];
  readonly prefix: string;
  readonly labelsOf: (server: Json) => Record<string, string>;
};

function targetOf(server: Json, { ips, prefix, labelsOf }: Kind): Record<string, string> {
  const addresses = ips.map((ip) => ip.split("/")[0] as string);
  // Of several, the last.
  const ipv4 = addresses.findLast((ip) => isIPv4(ip)) ?? "";
  const ipv6 = addresses.findLast((ip) => !isIPv4(ip)) ?? "";
  return {
    __address__: ipv4 || ipv6,
    instance: server.at("name").text(),
    ...prefixedLabels(prefix, { ...labelsOf(server), ipv4, ipv6 }),
  };
}

function vpsLabels(server: Json): Record<string, string> {
  const own = (field: string): string => server.at(field).print();
  const model = (field: string): string => server.at("model", field).print();
  return {
    offer: model("offer"),
    // As Go prints a list.
    datacenter: `[${server.at("model", "datacenter").textList().join(" ")}]`,
    model_vcore: model("vcore"),
    maximum_additional_ip: model("maximumAdditionnalIp"),
    version: model("version"),
    model_name: model("name"),
    disk: model("disk"),
    memory: model("memory"),
    zone: own("zone"),
    display_name: own("displayName"),
    cluster: own("cluster"),
    state: own("state"),
    name: own("name"),
    netboot_mode: own("netbootMode"),
    memory_limit: own("memoryLimit"),
    offer_type: own("offerType"),
    vcore: own("vcore"),
  };
}

function dedicatedLabels(server: Json): Record<string, string> {
  const own = (field: string): string => server.at(field).print();
  return {
    state: own("state"),
    commercial_range: own("commercialRange"),
    link_speed: own("linkSpeed"),
    rack: own("rack"),
    no_intervention: String(server.at("noIntervention").flag()),
    os: own("os"),
    support_level: own("supportLevel"),
    server_id: own("serverId"),
    reverse: own("reverse"),
    datacenter: own("datacenter"),
    name: own("name"),
  };
}
