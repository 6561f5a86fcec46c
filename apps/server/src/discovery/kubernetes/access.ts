// How the API server is reached: by its address, a kubeconfig file, or from inside a pod.
// Comes from: config. Goes to: kubernetes/provider.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defaultHttpClientConfig, defaultTlsConfig, type HttpClientConfig } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import { joinHostPort } from "../label-name.js";
import type { KubernetesSdConfig } from "./config.js";
import type { ExecCredentials } from "./exec-credential.js";
import { readKubeconfig } from "./kubeconfig.js";

export type ApiAccess = {
  readonly base: string;
  readonly client: HttpClientConfig;
  readonly tokens?: ExecCredentials;
  /** The namespaces to watch; one that is "" is all of them. */
  readonly namespaces: readonly string[];
};

/** What a pod finds about itself (kubernetes.io/docs/tasks/run-application/access-api-from-pod). */
export type PodSurroundings = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
};

export const podSurroundings: PodSurroundings = {
  environment: process.env,
  folder: "/var/run/secrets/kubernetes.io/serviceaccount",
};

/** Throws an Error where what the config relies on is not there. `clock`: for credentials that end. */
export function apiAccess(config: KubernetesSdConfig, pod: PodSurroundings, clock: Clock): ApiAccess {
  const { own_namespace, names } = config.namespaces;
  const own = own_namespace ? [ownNamespace(pod)] : [];
  const wanted = [...new Set([...names, ...own])];
  return { ...serverOf(config, pod, clock), namespaces: wanted.length > 0 ? wanted : [""] };
}

type Server = Omit<ApiAccess, "namespaces">;

function serverOf(config: KubernetesSdConfig, pod: PodSurroundings, clock: Clock): Server {
  if (config.kubeconfig_file !== "") return readKubeconfig(config.kubeconfig_file, clock);
  if (config.api_server !== "") return { base: withScheme(config.api_server), client: config };
  return inCluster(pod);
}

/** A host alone is asked over http, as Kubernetes' own clients do. */
function withScheme(server: string): string {
  return /^https?:\/\//.test(server) ? server : `http://${server}`;
}

function inCluster({ environment, folder }: PodSurroundings): Server {
  const host = environment["KUBERNETES_SERVICE_HOST"] ?? "";
  const port = environment["KUBERNETES_SERVICE_PORT"] ?? "";
  if (host === "" || port === "") {
    throw new Error(
      "unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined",
    );
  }
  const token = join(folder, "token");
  if (!existsSync(token)) throw new Error(`unable to load in-cluster configuration, ${token} does not exist`);
  const authorization = { type: "Bearer", credentials: undefined, credentials_file: token };
  const tls_config = { ...defaultTlsConfig, ca_file: join(folder, "ca.crt") };
  return {
    base: `https://${joinHostPort(host, port)}`,
    client: { ...defaultHttpClientConfig, authorization, tls_config },
  };
}

function ownNamespace({ folder }: PodSurroundings): string {
  const path = join(folder, "namespace");
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    throw new Error(`could not determine the pod's namespace from ${path}`, { cause: error });
  }
}
