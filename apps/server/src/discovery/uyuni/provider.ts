// uyuni_sd_configs: exporters of the systems that a Uyuni server monitors
// (uyuni-project.org/uyuni-docs-api/uyuni/api/system.monitoring.html). Goes to: discovery/manager.
import { apiUrl } from "../api-client.js";
import type { Json } from "../json.js";
import { prefixedLabels } from "../label-name.js";
import type { Provider } from "../provider.js";
import { type SessionScope, sessionProvider } from "../refresh.js";
import { TokenKeeper } from "../token.js";
import type { UyuniSdConfig } from "./config.js";
import { type Parameter, parseResponse, printCall } from "./xml-rpc.js";

/** Of a login; it is done again at half of that. */
const loginSeconds = 600;

export const uyuniProvider: Provider<UyuniSdConfig> = sessionProvider<UyuniSdConfig>({
  name: "uyuni",
  http: (config) => config,
  open: (scope) => {
    const { config, world } = scope;
    const url = apiUrl(config.server, "/rpc/api");
    const tokens = new TokenKeeper(world.clock, async (signal) => {
      const login = [config.username, config.password?.reveal() ?? "", loginSeconds];
      const token = await call(scope, { url, method: "auth.login", parameters: login, signal });
      return { value: token.print(), expiresAt: world.clock.now() + (loginSeconds / 2) * 1000 };
    });
    return (signal) =>
      tokens.use(signal, async (token) => {
        const ask = (method: string, parameter: Parameter): Promise<Json> =>
          call(scope, { url, method, parameters: [token, parameter], signal });
        return [{ source: url.href, targets: await listTargets(ask, config), labels: {} }];
      });
  },
});

type Call = {
  readonly url: URL;
  readonly method: string;
  readonly parameters: readonly Parameter[];
  readonly signal: AbortSignal;
};

async function call({ api }: SessionScope<UyuniSdConfig>, { url, method, parameters, signal }: Call): Promise<Json> {
  const headers = { "content-type": "text/xml", accept: "text/xml" };
  const body = printCall(method, parameters);
  try {
    return parseResponse(await api.text({ url, method: "POST", headers, body, signal }));
  } catch (error) {
    throw new Error(`${method}: ${(error as Error).message}`, { cause: error });
  }
}

type Ask = (method: string, parameter: Parameter) => Promise<Json>;

async function listTargets(ask: Ask, config: UyuniSdConfig): Promise<Record<string, string>[]> {
  const systems = await ask("system.listSystemGroupsForSystemsWithEntitlement", config.entitlement);
  const groups = new Map(systems.list().map((one) => [one.at("id").number(), one.at("system_groups").list()] as const));
  const ids = [...groups.keys()];
  const endpoints = await ask("system.monitoring.listEndpoints", ids);
  const networks = await ask("system.getNetworkForSystems", ids);
  const networkOf = new Map(networks.list().map((one) => [one.at("system_id").number(), one] as const));
  return endpoints.list().map((endpoint) => {
    const id = endpoint.at("system_id").number();
    const names = (groups.get(id) ?? []).map((group) => group.at("name").text());
    return endpointTarget(endpoint, networkOf.get(id), names.join(config.separator));
  });
}

function endpointTarget(endpoint: Json, network: Json | undefined, groups: string): Record<string, string> {
  const host = network?.at("hostname").text() ?? "";
  const labels = {
    minion_hostname: host,
    primary_fqdn: network?.at("primary_fqdn").text() ?? "",
    system_id: endpoint.at("system_id").print(),
    groups,
    endpoint_name: endpoint.at("endpoint_name").text(),
    exporter: endpoint.at("exporter_name").text(),
    proxy_module: endpoint.at("module").text(),
    metrics_path: endpoint.at("path").text(),
    scheme: endpoint.at("tls_enabled").flag() ? "https" : "http",
  };
  return { __address__: `${host}:${endpoint.at("port").print()}`, ...prefixedLabels("__meta_uyuni_", labels) };
}
