// triton_sd_configs: containers or compute nodes, as Triton's container monitor tells them
// (github.com/TritonDataCenter/triton-cmon/blob/master/docs/README.md). Goes to: discovery/manager.
import { defaultHttpClientConfig } from "@narthex/service";
import type { Json } from "../json.js";
import { joinTags, prefixedLabels } from "../label-name.js";
import type { Provider } from "../provider.js";
import { sessionProvider } from "../refresh.js";
import type { TritonSdConfig } from "./config.js";

export const tritonProvider: Provider<TritonSdConfig> = tritonProviderOver("https");

export function tritonProviderOver(scheme: string): Provider<TritonSdConfig> {
  return sessionProvider<TritonSdConfig>({
    name: "triton",
    http: ({ tls_config }) => ({ ...defaultHttpClientConfig, tls_config }),
    open: ({ config, api }) => {
      const { endpoint, port, version, groups, role } = config;
      const isContainer = role === "container";
      const url = new URL(`${scheme}://${endpoint}:${port}/v${version}/${isContainer ? "discover" : "gz/discover"}`);
      if (groups.length > 0) url.searchParams.set("groups", groups.join(","));
      return async (signal) => {
        const answer = await api.json({ url, signal });
        const targets = isContainer
          ? answer
              .at("containers")
              .list()
              .map((one) => containerTarget(one, config))
          : answer
              .at("cns")
              .list()
              .map((one) => nodeTarget(one, config));
        return [{ source: url.href, targets, labels: {} }];
      };
    },
  });
}

const prefix = "__meta_triton_";

function containerTarget(container: Json, config: TritonSdConfig): Record<string, string> {
  const text = (field: string): string => container.at(field).text();
  const labels = {
    machine_id: text("vm_uuid"),
    machine_alias: text("vm_alias"),
    machine_brand: text("vm_brand"),
    machine_image: text("vm_image_uuid"),
    server_id: text("server_uuid"),
    groups: joinTags(container.at("groups").textList()),
  };
  return { __address__: addressOf(labels.machine_id, config), ...prefixedLabels(prefix, labels) };
}

function nodeTarget(node: Json, config: TritonSdConfig): Record<string, string> {
  const labels = { machine_id: node.at("server_uuid").text(), machine_alias: node.at("server_hostname").text() };
  return { __address__: addressOf(labels.machine_id, config), ...prefixedLabels(prefix, labels) };
}

function addressOf(id: string, { dns_suffix, port }: TritonSdConfig): string {
  return `${id}.${dns_suffix}:${port}`;
}
