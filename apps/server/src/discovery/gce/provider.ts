// gce_sd_configs: instances of one zone of a project (cloud.google.com/compute/docs/reference/rest/v1/instances/list).
// Goes to: discovery/manager.
import { defaultHttpClientConfig } from "@narthex/service";
import { apiUrl } from "../api-client.js";
import type { Json } from "../json.js";
import { joinTags, prefixedLabels } from "../label-name.js";
import { allPages } from "../pages.js";
import type { Provider } from "../provider.js";
import { sessionProvider } from "../refresh.js";
import { TokenKeeper } from "../token.js";
import type { GceSdConfig } from "./config.js";
import { googleSurroundings, lendGoogleToken } from "./credentials.js";
import type { GoogleSurroundings } from "./lending.js";
import { googleScope } from "./lending.js";

const prefix = "__meta_gce_";

export const gceProvider: Provider<GceSdConfig> = gceProviderIn(googleSurroundings, "https://compute.googleapis.com");

export function gceProviderIn(around: GoogleSurroundings, base: string): Provider<GceSdConfig> {
  return sessionProvider<GceSdConfig>({
    name: "gce",
    http: () => defaultHttpClientConfig,
    open: ({ config, api, world: { clock } }) => {
      const { project, zone, filter } = config;
      const tokens = new TokenKeeper(clock, (signal) =>
        lendGoogleToken({ around, api, clock, signal, scope: googleScope }),
      );
      const path = `/compute/v1/projects/${encodeURIComponent(project)}/zones/${encodeURIComponent(zone)}/instances`;
      return async (signal) => {
        const instances = await allPages(async (pageToken) => {
          const query = { ...(filter === "" ? {} : { filter }), ...(pageToken === "" ? {} : { pageToken }) };
          const url = apiUrl(base, path, query);
          const answer = await tokens.use(signal, (token) =>
            api.json({ url, headers: { authorization: `Bearer ${token}` }, signal }),
          );
          return { items: answer.at("items").list(), next: answer.at("nextPageToken").text() };
        });
        const targets = instances.flatMap((one) => instanceTargets(one, config));
        return [{ source: `GCE_${project}_${zone}`, targets, labels: {} }];
      };
    },
  });
}

function instanceTargets(instance: Json, { project, port, tag_separator }: GceSdConfig): Record<string, string>[] {
  const interfaces = instance.at("networkInterfaces").list();
  const [primary] = interfaces;
  if (!primary) return [];
  const access = primary.at("accessConfigs").list()[0];
  const hasNat = access?.at("type").text() === "ONE_TO_ONE_NAT";
  const labels = {
    project,
    zone: instance.at("zone").text(),
    instance_id: instance.at("id").print(),
    instance_name: instance.at("name").text(),
    instance_status: instance.at("status").text(),
    machine_type: instance.at("machineType").text(),
    network: primary.at("network").text(),
    subnetwork: primary.at("subnetwork").text(),
    private_ip: primary.at("networkIP").text(),
    public_ip: hasNat ? (access?.at("natIP").text() ?? "") : "",
    tags: joinTags(instance.at("tags", "items").textList(), tag_separator),
  };
  const addresses = interfaces.map((one) => [one.at("name").text(), one.at("networkIP").text()] as const);
  const metadata = instance
    .at("metadata", "items")
    .list()
    .filter((item) => !item.at("value").isNull)
    .map((item) => [item.at("key").text(), item.at("value").text()] as const);
  return [
    {
      __address__: `${labels.private_ip}:${port}`,
      ...prefixedLabels(prefix, labels),
      ...prefixedLabels(`${prefix}interface_ipv4_`, Object.fromEntries(addresses)),
      ...prefixedLabels(`${prefix}metadata_`, Object.fromEntries(metadata)),
      ...prefixedLabels(`${prefix}label_`, instance.at("labels").texts()),
    },
  ];
}
