// kubeconfig_file: the current context's cluster and user
// (kubernetes.io/docs/reference/config-api/kubeconfig.v1). Goes to: kubernetes/access.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import {
  d,
  defaultHttpClientConfig,
  defaultTlsConfig,
  type HttpClientConfig,
  httpClientShape,
  parseYamlFile,
  Secret,
  type TlsConfig,
} from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import { ExecCredentials, execDecoder } from "./exec-credential.js";

export type KubeServer = {
  readonly base: string;
  readonly client: HttpClientConfig;
  /** Where a program says who asks. */
  readonly tokens?: ExecCredentials;
};

const text = d.withDefault(d.string, "");

const cluster = d.object("Cluster", {
  server: text,
  "certificate-authority": text,
  "certificate-authority-data": text,
  "insecure-skip-tls-verify": d.withDefault(d.boolean, false),
  "tls-server-name": text,
  "proxy-url": httpClientShape.proxy_url,
});

const user = d.object("AuthInfo", {
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  "client-certificate": text,
  "client-certificate-data": text,
  "client-key": text,
  "client-key-data": text,
  exec: d.optional(execDecoder),
  "auth-provider": d.optional((node) => node.fail("users with an auth-provider are not supported")),
});

const context = d.object("Context", { cluster: text, user: text, namespace: text });

const kubeconfig = d.lenient(
  d.object("Config", {
    "current-context": text,
    clusters: d.withDefault(d.list(d.object("NamedCluster", { name: text, cluster })), []),
    users: d.withDefault(d.list(d.object("NamedAuthInfo", { name: text, user })), []),
    contexts: d.withDefault(d.list(d.object("NamedContext", { name: text, context })), []),
  }),
);

/** Throws ConfigError, or an Error that says what the file lacks. */
export function readKubeconfig(path: string, clock: Clock): KubeServer {
  const file = parseYamlFile(path, readFile(path), kubeconfig);
  const name = file["current-context"];
  const { context } = found(file.contexts, name, `${path}: current-context`);
  const { cluster } = found(file.clusters, context.cluster, `${path}: cluster`);
  if (cluster.server === "") throw new Error(`${path}: cluster ${JSON.stringify(context.cluster)} has no server`);
  const at = (relative: string): string | undefined => (relative === "" ? undefined : resolve(dirname(path), relative));
  const base = defaultHttpClientConfig;
  if (context.user === "") return { base: cluster.server, client: { ...base, ...clusterAccess(cluster, at) } };
  const { user } = found(file.users, context.user, `${path}: user`);
  const access = clusterAccess(cluster, at);
  const tls_config = { ...access.tls_config, ...certificateOf(user, at) };
  const client = { ...base, ...access, ...credentialsOf(user, at), tls_config };
  if (!user.exec) return { base: cluster.server, client };
  const tokens = new ExecCredentials(user.exec, { file: path, cluster: told(cluster), clock });
  return { base: cluster.server, client, tokens };
}

/** What a program is told of the cluster: the fields that are set, with certificates as data. */
function told(one: ReturnType<typeof cluster>): Record<string, unknown> {
  const path = one["certificate-authority"];
  const data = one["certificate-authority-data"] || (path === "" ? "" : readFileSync(path).toString("base64"));
  const fields = { ...one, "certificate-authority": "", "certificate-authority-data": data, "proxy-url": "" };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== "" && value !== false));
}

function readFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`cannot read kubeconfig file ${path}`, { cause: error });
  }
}

function found<T extends { readonly name: string }>(list: readonly T[], name: string, what: string): T {
  const one = list.find((candidate) => candidate.name === name);
  if (!one) throw new Error(`${what} ${JSON.stringify(name)} does not exist`);
  return one;
}

type PathOf = (path: string) => string | undefined;

function clusterAccess(
  one: ReturnType<typeof cluster>,
  at: PathOf,
): { readonly tls_config: TlsConfig; readonly proxy_url: HttpClientConfig["proxy_url"] } {
  const data = one["certificate-authority-data"];
  const tls_config: TlsConfig = {
    ...defaultTlsConfig,
    ca: data === "" ? undefined : decoded(data),
    ca_file: data === "" ? at(one["certificate-authority"]) : undefined,
    server_name: one["tls-server-name"] || undefined,
    insecure_skip_verify: one["insecure-skip-tls-verify"],
  };
  return { tls_config, proxy_url: one["proxy-url"] };
}

/** Data in the file wins over paths, as in Kubernetes' own clients. */
function certificateOf(one: ReturnType<typeof user>, at: PathOf): Partial<TlsConfig> {
  const cert = one["client-certificate-data"];
  const key = one["client-key-data"];
  return {
    ...(cert === "" ? { cert_file: at(one["client-certificate"]) } : { cert: decoded(cert) }),
    ...(key === "" ? { key_file: at(one["client-key"]) } : { key: new Secret(decoded(key)) }),
  };
}

function credentialsOf(one: ReturnType<typeof user>, at: PathOf): Partial<HttpClientConfig> {
  const { token, tokenFile, username, password } = one;
  if (tokenFile !== "") {
    return { authorization: { type: "Bearer", credentials: undefined, credentials_file: at(tokenFile) } };
  }
  if (token !== "") {
    return { authorization: { type: "Bearer", credentials: new Secret(token), credentials_file: undefined } };
  }
  if (username === "") return {};
  const basic_auth = { username, password: new Secret(password), username_file: undefined, password_file: undefined };
  return { basic_auth };
}

function decoded(base64: string): string {
  return Buffer.from(base64, "base64").toString();
}
