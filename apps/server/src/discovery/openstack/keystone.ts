// Keystone, version 3: a token for a password or an application credential, and where the services of a region are
// (docs.openstack.org/api-ref/identity/v3). Goes to: openstack/provider.
import { type ApiClient, apiUrl } from "../api-client.js";
import type { Json } from "../json.js";
import type { Token } from "../token.js";
import type { OpenstackSdConfig } from "./config.js";

/** Who asks, as the config or the environment says; "" for what is not said. */
export type Login = {
  readonly endpoint: string;
  readonly username: string;
  readonly userId: string;
  readonly password: string;
  readonly projectName: string;
  readonly projectId: string;
  readonly domainName: string;
  readonly domainId: string;
  readonly credentialName: string;
  readonly credentialId: string;
  readonly credentialSecret: string;
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** Without an identity_endpoint the environment says all, as for OpenStack's own tools. */
export function loginOf(config: OpenstackSdConfig, environment: Environment): Login {
  if (config.identity_endpoint === "") return environmentLogin(environment);
  return {
    endpoint: config.identity_endpoint,
    username: config.username,
    userId: config.userid,
    password: config.password?.reveal() ?? "",
    projectName: config.project_name,
    projectId: config.project_id,
    domainName: config.domain_name,
    domainId: config.domain_id,
    credentialName: config.application_credential_name,
    credentialId: config.application_credential_id,
    credentialSecret: config.application_credential_secret?.reveal() ?? "",
  };
}

function environmentLogin(environment: Environment): Login {
  const first = (...names: string[]): string => names.map((name) => environment[name]).find(Boolean) ?? "";
  const endpoint = first("OS_AUTH_URL");
  if (endpoint === "") throw new Error("neither identity_endpoint nor the environment's OS_AUTH_URL is set");
  return {
    endpoint,
    username: first("OS_USERNAME"),
    userId: first("OS_USERID", "OS_USER_ID"),
    password: first("OS_PASSWORD"),
    projectName: first("OS_PROJECT_NAME", "OS_TENANT_NAME"),
    projectId: first("OS_PROJECT_ID", "OS_TENANT_ID"),
    domainName: first("OS_DOMAIN_NAME", "OS_USER_DOMAIN_NAME"),
    domainId: first("OS_DOMAIN_ID", "OS_USER_DOMAIN_ID"),
    credentialName: first("OS_APPLICATION_CREDENTIAL_NAME"),
    credentialId: first("OS_APPLICATION_CREDENTIAL_ID"),
    credentialSecret: first("OS_APPLICATION_CREDENTIAL_SECRET"),
  };
}

export type Session = { readonly token: string; readonly catalog: Json };

export async function openSession(login: Login, api: ApiClient, signal: AbortSignal): Promise<Token<Session>> {
  const base = login.endpoint.replace(/\/+$/, "");
  const url = apiUrl(base.endsWith("/v3") ? base : `${base}/v3`, "/auth/tokens");
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ auth: authOf(login) });
  const { json, headers: answered } = await api.ask({ url, method: "POST", headers, body, signal });
  const token = answered["x-subject-token"];
  if (typeof token !== "string") throw new Error("could not authenticate to OpenStack: the answer holds no token");
  const session = { token, catalog: json.at("token", "catalog") };
  return { value: session, expiresAt: Date.parse(json.at("token", "expires_at").text()) };
}

function authOf(login: Login): unknown {
  if (login.credentialSecret !== "") {
    return { identity: { methods: ["application_credential"], application_credential: credentialOf(login) } };
  }
  const user = { ...userOf(login), password: login.password };
  const scope = scopeOf(login);
  return { identity: { methods: ["password"], password: { user } }, ...(scope ? { scope } : {}) };
}

function credentialOf(login: Login): unknown {
  const { credentialId: id, credentialName: name, credentialSecret: secret } = login;
  return id === "" ? { name, secret, user: userOf(login) } : { id, secret };
}

function userOf(login: Login): Record<string, unknown> {
  return login.userId === "" ? { name: login.username, domain: domainOf(login) } : { id: login.userId };
}

function domainOf({ domainId, domainName }: Login): Record<string, string> {
  return domainId === "" ? { name: domainName } : { id: domainId };
}

function scopeOf(login: Login): unknown {
  if (login.projectId !== "") return { project: { id: login.projectId } };
  if (login.projectName !== "") return { project: { name: login.projectName, domain: domainOf(login) } };
  return undefined;
}

export type EndpointQuery = {
  /** Types that the service goes by, the usual one first: "load-balancer". */
  readonly types: readonly string[];
  readonly region: string;
  /** "public", "internal" or "admin". */
  readonly availability: string;
};

/** Throws an Error where the catalog has none. */
export function endpointOf(catalog: Json, { types, region, availability }: EndpointQuery): string {
  const ofType = (type: string): Json[] => catalog.list().filter((service) => service.at("type").text() === type);
  const endpoints = types.flatMap(ofType).flatMap((service) => service.at("endpoints").list());
  const found = endpoints.find(
    (one) =>
      one.at("interface").text() === availability &&
      (one.at("region_id").text() === region || one.at("region").text() === region),
  );
  if (!found)
    throw new Error(`no ${availability} endpoint of ${types[0]} in region ${region} is in OpenStack's catalog`);
  return found.at("url").text();
}
