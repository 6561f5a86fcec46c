// A token for the resource manager: for a client's secret, for a workload's federated token, or of the identity that the
// machine has (learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow). Goes to: azure/provider.
import { readFileSync } from "node:fs";
import type { Clock } from "@narthex/stdx";
import type { ApiClient } from "../api-client.js";
import type { Json } from "../json.js";
import type { Token } from "../token.js";
import type { AzureCloud } from "./cloud.js";
import type { AuthenticationMethod, AzureSdConfig } from "./config.js";

export type AzureSurroundings = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of the instance metadata service. */
  readonly metadataUrl: string;
  readonly cloudOf: (name: string) => AzureCloud;
};

export type AzureLending = {
  readonly config: AzureSdConfig;
  readonly around: AzureSurroundings;
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

type Lend = (lending: AzureLending) => Promise<Json>;

const methods: Readonly<Record<AuthenticationMethod, Lend>> = {
  OAuth: ({ config, ...lending }) => {
    const secret = { client_secret: config.client_secret?.reveal() ?? "" };
    return askAuthority({ config, ...lending }, { tenant: config.tenant_id, client: config.client_id, proof: secret });
  },
  ManagedIdentity: askMachine,
  WorkloadIdentity: askAsWorkload,
  SDK: askAsEnvironmentSays,
};

export async function lendAzureToken(lending: AzureLending): Promise<Token> {
  // The config's decoder lets only these pass.
  const method = lending.config.authentication_method as AuthenticationMethod;
  const answer = await methods[method](lending);
  // The machine's identity prints it as text.
  const lifeMs = Number(answer.at("expires_in").print()) * 1000;
  return { value: answer.at("access_token").text(), expiresAt: lending.clock.now() + lifeMs };
}

type Client = {
  readonly tenant: string;
  readonly client: string;
  readonly proof: Readonly<Record<string, string>>;
};

function askAuthority({ config, around, api, signal }: AzureLending, { tenant, client, proof }: Client): Promise<Json> {
  const { authority, manager } = around.cloudOf(config.environment);
  const form = { grant_type: "client_credentials", client_id: client, scope: `${manager}/.default`, ...proof };
  return api.json({
    url: `${authority}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`,
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
    signal,
  });
}

/** The federated token is a file that Kubernetes renews. */
function askAsWorkload(lending: AzureLending): Promise<Json> {
  const { config, around } = lending;
  const { AZURE_FEDERATED_TOKEN_FILE: file, AZURE_TENANT_ID, AZURE_CLIENT_ID } = around.environment;
  if (!file) throw new Error("no workload identity: the environment's AZURE_FEDERATED_TOKEN_FILE is not set");
  const proof = {
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: readFileSync(file, "utf8").trim(),
  };
  const tenant = config.tenant_id || AZURE_TENANT_ID || "";
  return askAuthority(lending, { tenant, client: config.client_id || AZURE_CLIENT_ID || "", proof });
}

/** learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token. */
function askMachine({ config, around, api, signal }: AzureLending): Promise<Json> {
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = around.environment;
  const { manager } = around.cloudOf(config.environment);
  const isService = IDENTITY_ENDPOINT !== undefined && IDENTITY_HEADER !== undefined;
  const url = new URL(isService ? IDENTITY_ENDPOINT : `${around.metadataUrl}/metadata/identity/oauth2/token`);
  url.searchParams.set("api-version", isService ? "2019-08-01" : "2018-02-01");
  url.searchParams.set("resource", manager);
  if (config.client_id !== "") url.searchParams.set("client_id", config.client_id);
  const headers: Record<string, string> = isService ? { "x-identity-header": IDENTITY_HEADER } : { metadata: "true" };
  return api.json({ url, headers, signal });
}

/** As Azure's libraries: a client in the environment, a workload's token, the machine's identity. */
function askAsEnvironmentSays(lending: AzureLending): Promise<Json> {
  const { environment } = lending.around;
  const tenant = lending.config.tenant_id || environment["AZURE_TENANT_ID"];
  const { AZURE_CLIENT_ID: client, AZURE_CLIENT_SECRET: secret } = environment;
  if (tenant && client && secret) return askAuthority(lending, { tenant, client, proof: { client_secret: secret } });
  return environment["AZURE_FEDERATED_TOKEN_FILE"] ? askAsWorkload(lending) : askMachine(lending);
}
