// A token of Azure's: for a client's secret or certificate, for a workload's federated token, or of the identity that the
// machine has (learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow).
// Goes to: azure/provider, for the resource manager; remote/send, for Azure Monitor.
import { readFileSync } from "node:fs";
import type { Clock } from "@narthex/stdx";
import type { ApiClient } from "../api-client.js";
import type { Json } from "../json.js";
import type { Token } from "../token.js";
import type { AuthenticationMethod } from "./config.js";

/** Who asks, and what for. */
export type AzureIdentity = {
  readonly method: AuthenticationMethod | "Certificate";
  /** URL of who lends tokens. */
  readonly authority: string;
  /** What the token is to allow, "https://management.azure.com/.default". */
  readonly scope: string;
  /** "" where the environment is to tell, or the machine has one. */
  readonly tenant: string;
  readonly client: string;
  /** Of OAuth. */
  readonly secret?: string | undefined;
  /** Of WorkloadIdentity, unless the environment is to tell. */
  readonly tokenFile?: string;
  /** Of Certificate: a signed statement for the endpoint. */
  readonly assertion?: (endpoint: string) => string;
};

export type AzureWorld = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of the instance metadata service. */
  readonly metadataUrl: string;
};

export type AzureLending = {
  readonly identity: AzureIdentity;
  readonly around: AzureWorld;
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

type Lend = (lending: AzureLending) => Promise<Json>;

const methods: Readonly<Record<AzureIdentity["method"], Lend>> = {
  OAuth: (lending) =>
    askAuthority(lending, { ...lending.identity, proof: { client_secret: lending.identity.secret ?? "" } }),
  Certificate: (lending) => askAuthority(lending, { ...lending.identity, proof: "assertion" }),
  ManagedIdentity: askMachine,
  WorkloadIdentity: askAsWorkload,
  SDK: askAsEnvironmentSays,
};

export async function lendAzureToken(lending: AzureLending): Promise<Token> {
  const answer = await methods[lending.identity.method](lending);
  // The machine's identity prints it as text.
  const lifeMs = Number(answer.at("expires_in").print()) * 1000;
  return { value: answer.at("access_token").text(), expiresAt: lending.clock.now() + lifeMs };
}

type Client = {
  readonly tenant: string;
  readonly client: string;
  readonly proof: Readonly<Record<string, string>> | "assertion";
};

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

function askAuthority({ identity, api, signal }: AzureLending, { tenant, client, proof }: Client): Promise<Json> {
  const url = `${identity.authority}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`;
  const shown =
    proof === "assertion"
      ? { client_assertion_type: assertionType, client_assertion: identity.assertion?.(url) ?? "" }
      : proof;
  const form = { grant_type: "client_credentials", client_id: client, scope: identity.scope, ...shown };
  return api.json({
    url,
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
    signal,
  });
}

/** The federated token is a file that Kubernetes renews. */
function askAsWorkload(lending: AzureLending): Promise<Json> {
  const { identity, around } = lending;
  const { AZURE_FEDERATED_TOKEN_FILE, AZURE_TENANT_ID, AZURE_CLIENT_ID } = around.environment;
  const file = identity.tokenFile || AZURE_FEDERATED_TOKEN_FILE;
  if (!file) throw new Error("no workload identity: the environment's AZURE_FEDERATED_TOKEN_FILE is not set");
  const proof = { client_assertion_type: assertionType, client_assertion: readFileSync(file, "utf8").trim() };
  const tenant = identity.tenant || AZURE_TENANT_ID || "";
  return askAuthority(lending, { tenant, client: identity.client || AZURE_CLIENT_ID || "", proof });
}

/** learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token. */
function askMachine({ identity, around, api, signal }: AzureLending): Promise<Json> {
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = around.environment;
  const isService = IDENTITY_ENDPOINT !== undefined && IDENTITY_HEADER !== undefined;
  const url = new URL(isService ? IDENTITY_ENDPOINT : `${around.metadataUrl}/metadata/identity/oauth2/token`);
  url.searchParams.set("api-version", isService ? "2019-08-01" : "2018-02-01");
  url.searchParams.set("resource", identity.scope.replace(/\/\.default$/, ""));
  if (identity.client !== "") url.searchParams.set("client_id", identity.client);
  const headers: Record<string, string> = isService ? { "x-identity-header": IDENTITY_HEADER } : { metadata: "true" };
  return api.json({ url, headers, signal });
}

/** As Azure's libraries: a client in the environment, a workload's token, the machine's identity. */
function askAsEnvironmentSays(lending: AzureLending): Promise<Json> {
  const { environment } = lending.around;
  const tenant = lending.identity.tenant || environment["AZURE_TENANT_ID"];
  const { AZURE_CLIENT_ID: client, AZURE_CLIENT_SECRET: secret } = environment;
  if (tenant && client && secret) return askAuthority(lending, { tenant, client, proof: { client_secret: secret } });
  return environment["AZURE_FEDERATED_TOKEN_FILE"] ? askAsWorkload(lending) : askMachine(lending);
}
