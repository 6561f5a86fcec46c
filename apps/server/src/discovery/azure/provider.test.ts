import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ApiServer, type Asked, Reply } from "../testing/api.js";
import { metricValue, type RunningProvider, runProvider, targetsOf } from "../testing/world.js";
import { cloudOf } from "./cloud.js";
import { azureSd } from "./config.js";
import { azureProviderIn } from "./provider.js";

const group = "/subscriptions/sub/resourceGroups/my-group/providers";
const nic = `${group}/Microsoft.Network/networkInterfaces/nic-1`;
const set = `${group}/Microsoft.Compute/virtualMachineScaleSets/set-1`;
const setNic = `${set}/virtualMachines/0/networkInterfaces/nic-2`;

function machine(name: string, nicId: string): Record<string, unknown> {
  return {
    id: `${group}/Microsoft.Compute/virtualMachines/${name}`,
    name,
    location: "westeurope",
    tags: { "team name": "a" },
    properties: {
      osProfile: { computerName: `${name}-host` },
      storageProfile: { osDisk: { osType: "Linux" } },
      hardwareProfile: { vmSize: "Standard_D2" },
      networkProfile: { networkInterfaces: [{ id: nicId }] },
    },
  };
}

const allocated = (privateIPAddress: string, ipAddress?: string): unknown => ({
  properties: {
    primary: true,
    ipConfigurations: [{ properties: { privateIPAddress, publicIPAddress: { properties: { ipAddress } } } }],
  },
});

const compute = "/subscriptions/sub/providers/Microsoft.Compute";
const answers: Readonly<Record<string, unknown>> = {
  [nic]: allocated("10.0.0.4", "192.0.2.4"),
  [setNic]: allocated("10.0.0.5"),
  "/nic-off": { properties: { ipConfigurations: [] } },
  [`${compute}/virtualMachineScaleSets`]: { value: [{ id: set, name: "set-1" }] },
  [`${set}/virtualMachines`]: { value: [machine("member", setNic)] },
};

type Started = { readonly api: ApiServer; readonly running: RunningProvider };

async function start(yaml: string, environment: Record<string, string> = {}): Promise<Started> {
  const api: ApiServer = await ApiServer.open(({ path, query }: Asked) => {
    if (path.endsWith("/token")) return { access_token: "lent", expires_in: 3600 };
    if (path !== `${compute}/virtualMachines`) return answers[path];
    const nextLink = `${api.url}${path}?page=2`;
    return query.get("page") === "2"
      ? { value: [machine("off", "/nic-off"), machine("gone", "/nic-gone")] }
      : { value: [machine("web", nic)], nextLink };
  });
  const cloud = { authority: api.url, manager: api.url };
  const provider = azureProviderIn({ environment, metadataUrl: api.url, cloudOf: () => cloud });
  const running = runProvider(provider, azureSd, `{ subscription_id: sub, ${yaml} }`);
  onTestFinished(async () => {
    running.stop();
    await api.close();
  });
  return { api, running };
}

const client = "tenant_id: ten, client_id: cli, client_secret: sec";

test("machines of all pages and scale sets are targets; those without a running interface are none", async () => {
  const { api, running } = await start(`${client}, port: 9100`);
  const common = {
    __meta_azure_machine_location: "westeurope",
    __meta_azure_machine_os_type: "Linux",
    __meta_azure_machine_resource_group: "my-group",
    __meta_azure_machine_size: "Standard_D2",
    __meta_azure_machine_tag_team_name: "a",
    __meta_azure_subscription_id: "sub",
    __meta_azure_tenant_id: "ten",
  };
  expect(targetsOf(await running.next())).toEqual([
    {
      ...common,
      __address__: "10.0.0.4:9100",
      __meta_azure_machine_computer_name: "web-host",
      __meta_azure_machine_id: `${group}/Microsoft.Compute/virtualMachines/web`,
      __meta_azure_machine_name: "web",
      __meta_azure_machine_private_ip: "10.0.0.4",
      __meta_azure_machine_public_ip: "192.0.2.4",
    },
    {
      ...common,
      __address__: "10.0.0.5:9100",
      __meta_azure_machine_computer_name: "member-host",
      __meta_azure_machine_id: `${group}/Microsoft.Compute/virtualMachines/member`,
      __meta_azure_machine_name: "member",
      __meta_azure_machine_private_ip: "10.0.0.5",
      __meta_azure_machine_scale_set: "set-1",
    },
  ]);
  expect(api.paths[0]).toBe("/ten/oauth2/v2.0/token");
  expect(Object.fromEntries(new URLSearchParams(api.asked[0]?.body))).toEqual({
    grant_type: "client_credentials",
    client_id: "cli",
    client_secret: "sec",
    scope: `${api.url}/.default`,
  });
  expect(api.asked[1]?.headers.authorization).toBe("Bearer lent");
  expect(api.paths).toContain(`${nic}?api-version=2023-05-01&$expand=IPConfigurations/PublicIPAddress`);
  expect(running.logged.join("")).toContain("Network interface does not exist");
});

test("interfaces are kept from refresh to refresh", async () => {
  const { api, running } = await start(client);
  await running.next();
  await running.rested();
  await running.clock.advance(300_000);
  await running.next();
  expect(api.paths.filter((path) => path.startsWith(nic))).toHaveLength(1);
  expect(await metricValue(running.registry, "prometheus_sd_azure_cache_hit_total")).toBe(3);
});

test("one resource group is asked for alone", async () => {
  const { api, running } = await start(`${client}, resource_group: my-group`);
  await running.nextFailure();
  expect(api.paths[1]).toBe(`${group}/Microsoft.Compute/virtualMachines?api-version=2023-09-01`);
  expect(await metricValue(running.registry, "prometheus_sd_azure_failures_total")).toBe(1);
});

test("the machine's identity, or that of its service, lends the token", async () => {
  const { api, running } = await start("authentication_method: ManagedIdentity, client_id: cli");
  await running.next();
  const asked = new URLSearchParams({ "api-version": "2018-02-01", resource: api.url, client_id: "cli" });
  expect(String(api.asked[0]?.query)).toBe(String(asked));
  expect(api.asked[0]).toMatchObject({ path: "/metadata/identity/oauth2/token", headers: { metadata: "true" } });
  const service = await ApiServer.open(() => new Reply(200, { access_token: "lent", expires_in: "3600" }));
  onTestFinished(() => service.close());
  const environment = { IDENTITY_ENDPOINT: `${service.url}/msi/token`, IDENTITY_HEADER: "h" };
  const { running: other } = await start("authentication_method: SDK", environment);
  await other.next();
  expect(service.asked[0]?.headers["x-identity-header"]).toBe("h");
});

test("a workload's federated token and a client in the environment are proofs, too", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "azure-")), "token");
  writeFileSync(file, "jwt\n");
  const workload = { AZURE_FEDERATED_TOKEN_FILE: file, AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "c" };
  const { api, running } = await start("authentication_method: WorkloadIdentity", workload);
  await running.next();
  expect(api.paths[0]).toBe("/t/oauth2/v2.0/token");
  expect(api.asked[0]?.body).toContain("client_assertion=jwt");
  const own = { AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "c", AZURE_CLIENT_SECRET: "s" };
  const { api: sdk, running: asClient } = await start("authentication_method: SDK", own);
  await asClient.next();
  expect(sdk.asked[0]?.body).toContain("client_secret=s");
});

test("a cloud's name is known in any case, or refused", () => {
  expect(cloudOf("AzurePublicCloud").manager).toBe("https://management.azure.com");
  expect(() => cloudOf("Mine")).toThrow('there is no cloud configuration matching the name "MINE"');
});
