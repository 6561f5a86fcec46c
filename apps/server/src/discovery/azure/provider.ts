// azure_sd_configs: virtual machines of a subscription, those of scale sets too, at their private addresses
// (learn.microsoft.com/rest/api/compute). Goes to: discovery/manager.
import { ApiStatusError } from "../api-client.js";
import { concurrently, requestsMax } from "../concurrently.js";
import type { Json } from "../json.js";
import { allPages } from "../pages.js";
import type { Provider } from "../provider.js";
import { type SessionScope, sessionProvider } from "../refresh.js";
import { TokenKeeper } from "../token.js";
import { type AzureCloud, cloudOf } from "./cloud.js";
import type { AuthenticationMethod, AzureSdConfig } from "./config.js";
import { Interfaces } from "./interfaces.js";
import { type Machine, machineLabels } from "./machine.js";
import { type AzureIdentity, type AzureWorld, lendAzureToken } from "./token.js";

const computeVersion = "2023-09-01";
const networkVersion = "2023-05-01";
const scaleSetNetworkVersion = "2018-10-01";

export type AzureSurroundings = AzureWorld & { readonly cloudOf: (name: string) => AzureCloud };

export const azureProvider: Provider<AzureSdConfig> = azureProviderIn({
  environment: process.env,
  metadataUrl: "http://169.254.169.254",
  cloudOf,
});

export function azureProviderIn(around: AzureSurroundings): Provider<AzureSdConfig> {
  return sessionProvider<AzureSdConfig>({
    name: "azure",
    http: (config) => config,
    open: (scope) => {
      const { config, api, world } = scope;
      const { clock, metrics } = world;
      const tokens = new TokenKeeper(clock, async (signal) =>
        lendAzureToken({ identity: identityOf(config, around), around, api, clock, signal }),
      );
      const manager = new ResourceManager(scope, around, tokens);
      const interfaces = new Interfaces({
        clock,
        metrics,
        refreshIntervalMs: config.refresh_interval,
        fetch: (id, signal) => manager.interface(id, signal),
      });
      return async (signal) => {
        const machines = await manager.machines(signal);
        const found = await concurrently(machines, requestsMax, (machine) =>
          machineLabels(machine, { config, logger: world.logger, interfaceOf: (id) => interfaces.get(id, signal) }),
        );
        return [{ source: "azure", targets: found.filter((target) => target !== undefined), labels: {} }];
      };
    },
    countFailure: (metrics) => metrics.azureFailures.inc(),
  });
}

function identityOf(config: AzureSdConfig, around: AzureSurroundings): AzureIdentity {
  const { authority, manager } = around.cloudOf(config.environment);
  return {
    // The config's decoder lets only these pass.
    method: config.authentication_method as AuthenticationMethod,
    authority,
    scope: `${manager}/.default`,
    tenant: config.tenant_id,
    client: config.client_id,
    secret: config.client_secret?.reveal(),
  };
}

class ResourceManager {
  readonly #scope: SessionScope<AzureSdConfig>;
  readonly #around: AzureSurroundings;
  readonly #tokens: TokenKeeper;

  constructor(scope: SessionScope<AzureSdConfig>, around: AzureSurroundings, tokens: TokenKeeper) {
    this.#scope = scope;
    this.#around = around;
    this.#tokens = tokens;
  }

  async machines(signal: AbortSignal): Promise<Machine[]> {
    const { subscription_id, resource_group } = this.#scope.config;
    const group = resource_group === "" ? "" : `/resourceGroups/${encodeURIComponent(resource_group)}`;
    const folder = `/subscriptions/${encodeURIComponent(subscription_id)}${group}/providers/Microsoft.Compute`;
    const alone = await this.#all(`${folder}/virtualMachines`, signal);
    const machines: Machine[] = alone.map((json) => ({ json, scaleSet: "" }));
    for (const set of await this.#all(`${folder}/virtualMachineScaleSets`, signal)) {
      const scaleSet = set.at("name").text();
      const members = await this.#all(`${set.at("id").text()}/virtualMachines`, signal);
      machines.push(...members.map((json) => ({ json, scaleSet })));
    }
    return machines;
  }

  async interface(id: string, signal: AbortSignal): Promise<Json | undefined> {
    const isOfSet = /\/virtualMachineScaleSets\//i.test(id);
    const query = { "api-version": isOfSet ? scaleSetNetworkVersion : networkVersion, ...expandPublicAddress };
    try {
      return await this.#get(this.#urlOf(id, query), signal);
    } catch (error) {
      if (!(error instanceof ApiStatusError) || error.status !== 404) throw error;
      this.#scope.world.logger.warn({ err: error, name: id }, "Network interface does not exist");
      return undefined;
    }
  }

  #all(path: string, signal: AbortSignal): Promise<Json[]> {
    const first = this.#urlOf(path, { "api-version": computeVersion });
    return allPages(async (page) => {
      const answer = await this.#get(page || first, signal);
      return { items: answer.at("value").list(), next: answer.at("nextLink").text() };
    });
  }

  #get(url: URL | string, signal: AbortSignal): Promise<Json> {
    return this.#tokens.use(signal, (token) =>
      this.#scope.api.json({ url, headers: { authorization: `Bearer ${token}` }, signal }),
    );
  }

  #urlOf(path: string, query: Readonly<Record<string, string>>): URL {
    const url = new URL(`${this.#around.cloudOf(this.#scope.config.environment).manager}${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }
}

const expandPublicAddress = { $expand: "IPConfigurations/PublicIPAddress" };
