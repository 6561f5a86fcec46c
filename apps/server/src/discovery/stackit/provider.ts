// stackit_sd_configs: servers of one project (docs.api.eu01.stackit.cloud/documentation/iaas). Goes to: discovery/manager.
import { apiUrl } from "../api-client.js";
import type { Json } from "../json.js";
import { joinHostPort, prefixedLabels } from "../label-name.js";
import type { Provider } from "../provider.js";
import { sessionProvider } from "../refresh.js";
import { TokenKeeper } from "../token.js";
import type { StackitSdConfig } from "./config.js";
import { hasAccount, lendToken } from "./token.js";

const prefix = "__meta_stackit_";

export const stackitProvider: Provider<StackitSdConfig> = stackitProviderWith(
  "https://service-account.api.stackit.cloud/token",
);

export function stackitProviderWith(tokenUrl: string): Provider<StackitSdConfig> {
  return sessionProvider<StackitSdConfig>({
    name: "stackit",
    http: (config) => config,
    open: ({ config, api, world: { clock } }) => {
      const { endpoint, region, project, port } = config;
      const tokens = new TokenKeeper(clock, (signal) => lendToken(config, { api, clock, tokenUrl, signal }));
      return async (signal) => {
        const base = endpoint || `https://iaas.api.${region}.stackit.cloud`;
        const path = `/v1/projects/${encodeURIComponent(project)}/servers`;
        const url = apiUrl(base, path, { details: "true" });
        const ask = (headers: Record<string, string>): Promise<Json> => api.json({ url, headers, signal });
        const answer = hasAccount(config)
          ? await tokens.use(signal, (token) => ask({ authorization: `Bearer ${token}` }))
          : await ask({});
        const targets = answer
          .at("items")
          .list()
          .flatMap((server) => serverTargets(server, port));
        return [{ source: "stackit", targets, labels: { [`${prefix}project`]: project } }];
      };
    },
  });
}

function serverTargets(server: Json, port: number): Record<string, string>[] {
  const interfaces = server.at("nics").list();
  const publicIp = interfaces.map((one) => one.at("publicIp").text()).find((ip) => ip !== "") ?? "";
  const privateIps = interfaces
    .map((one) => [one.at("networkName").text(), one.at("ipv4").text()] as const)
    .filter(([, ip]) => ip !== "");
  const address = publicIp || privateIps[0]?.[1];
  if (!address) return [];
  const text = (field: string): string => server.at(field).text();
  const labels = {
    id: text("id"),
    name: text("name"),
    availability_zone: text("availabilityZone"),
    status: text("status"),
    power_status: text("powerStatus"),
    type: text("machineType"),
    public_ipv4: publicIp,
  };
  const marks = server
    .at("labels")
    .fields()
    .filter(([, value]) => typeof value.raw === "string");
  return [
    {
      __address__: joinHostPort(address, port),
      ...prefixedLabels(prefix, labels),
      ...prefixedLabels(`${prefix}private_ipv4_`, Object.fromEntries(privateIps)),
      ...prefixedLabels(`${prefix}label_`, Object.fromEntries(marks.map(([name, value]) => [name, value.text()]))),
      ...prefixedLabels(`${prefix}labelpresent_`, Object.fromEntries(marks.map(([name]) => [name, "true"]))),
    },
  ];
}
