// kubernetes_sd_configs: which API server, which kind of object, which of them. Goes to: kubernetes/provider.

import { dirname, isAbsolute, join } from "node:path";
import {
  checkHttpClient,
  d,
  defaultHttpClientConfig,
  type HttpClientConfig,
  httpClientShape,
  resolveHttpClientPaths,
} from "@narthex/service";
import type { Fail, SdSection } from "../../config/sd-section.js";
import type { ShapeOf } from "../../config/shape.js";
import { fieldSelectorMistake, labelSelectorMistake } from "./selector.js";

export const kubernetesRoles = ["pod", "service", "endpoints", "endpointslice", "node", "ingress"] as const;
export type KubernetesRole = (typeof kubernetesRoles)[number];

export type KubernetesSelector = {
  readonly role: string;
  readonly label: string;
  readonly field: string;
};

/** What more a target is told, at the price of watching more. */
export type AttachMetadata = {
  readonly node: boolean;
  readonly namespace: boolean;
  readonly deployment: boolean;
  readonly job: boolean;
  readonly cronjob: boolean;
};

export type KubernetesSdConfig = HttpClientConfig & {
  readonly api_server: string;
  readonly role: KubernetesRole;
  readonly kubeconfig_file: string;
  readonly namespaces: { readonly own_namespace: boolean; readonly names: readonly string[] };
  readonly selectors: readonly KubernetesSelector[];
  readonly attach_metadata: AttachMetadata;
};

const noAttachment: AttachMetadata = { node: false, namespace: false, deployment: false, job: false, cronjob: false };
const flag = d.withDefault(d.boolean, false);

const namespaces = d.object("kubernetes.plain", {
  own_namespace: flag,
  names: d.withDefault(d.list(d.string), []),
});

const selector = d.object("kubernetes.SelectorConfig", {
  role: d.withDefault(d.string, ""),
  label: d.withDefault(d.string, ""),
  field: d.withDefault(d.string, ""),
});

const attachMetadata = d.object("kubernetes.plain", {
  node: flag,
  namespace: flag,
  deployment: flag,
  job: flag,
  cronjob: flag,
});

const role = d.refine(d.string, (text, fail) => {
  const known = kubernetesRoles.find((one) => one === text);
  return known ?? fail(`unknown Kubernetes SD role ${JSON.stringify(text)}`);
});

const shape: ShapeOf<Omit<KubernetesSdConfig, "role"> & { readonly role: KubernetesRole | undefined }> = {
  api_server: d.withDefault(d.string, ""),
  role: d.optional(role),
  kubeconfig_file: d.withDefault(d.string, ""),
  namespaces: d.withDefault(namespaces, { own_namespace: false, names: [] }),
  selectors: d.withDefault(d.list(selector), []),
  attach_metadata: d.withDefault(attachMetadata, noAttachment),
  ...httpClientShape,
};

export const kubernetesSd: SdSection<KubernetesSdConfig> = {
  decoder: d.refine(d.object("kubernetes.plain", shape), (config, fail) => {
    if (config.role === undefined) return fail(`role missing (one of: ${kubernetesRoles.join(", ")})`);
    const whole = { ...config, role: config.role };
    checkHttpClient(whole, fail);
    checkAccess(whole, fail);
    checkSelectors(whole, fail);
    return whole;
  }),
  withPaths: (config, file) => {
    const { kubeconfig_file: path } = config;
    const kubeconfig_file = path === "" || isAbsolute(path) ? path : join(dirname(file), path);
    return { ...resolveHttpClientPaths(config, file), kubeconfig_file };
  },
};

function checkAccess(config: KubernetesSdConfig, fail: Fail): void {
  const hasServer = config.api_server !== "";
  const hasFile = config.kubeconfig_file !== "";
  const { own_namespace } = config.namespaces;
  if (hasFile && hasServer) fail("cannot use 'kubeconfig_file' and 'api_server' simultaneously");
  if (hasFile && isCustomHttp(config)) {
    fail("cannot use a custom HTTP client configuration together with 'kubeconfig_file'");
  }
  if (!hasServer && isCustomHttp(config)) {
    fail("to use custom HTTP client configuration please provide the 'api_server' URL explicitly");
  }
  if (hasServer && own_namespace) fail("cannot use 'api_server' and 'namespaces.own_namespace' simultaneously");
  if (hasFile && own_namespace) fail("cannot use 'kubeconfig_file' and 'namespaces.own_namespace' simultaneously");
}

function isCustomHttp(config: HttpClientConfig): boolean {
  const fields = Object.keys(defaultHttpClientConfig) as (keyof HttpClientConfig)[];
  return fields.some((field) => JSON.stringify(config[field]) !== JSON.stringify(defaultHttpClientConfig[field]));
}

const selectableRoles: Readonly<Record<KubernetesRole, readonly string[]>> = {
  pod: ["pod", "node"],
  service: ["service"],
  endpoints: ["pod", "service", "endpoints"],
  endpointslice: ["pod", "service", "endpointslice"],
  node: ["node"],
  ingress: ["ingress"],
};

function checkSelectors({ role, selectors }: KubernetesSdConfig, fail: Fail): void {
  const seen = new Set<string>();
  const allowed = selectableRoles[role];
  for (const one of selectors) {
    if (seen.has(one.role)) fail(`duplicated selector role: ${one.role}`);
    seen.add(one.role);
    if (!allowed.includes(one.role)) fail(`${role} role supports only ${allowed.join(", ")} selectors`);
    const mistake = fieldSelectorMistake(one.field) ?? labelSelectorMistake(one.label);
    if (mistake !== undefined) fail(mistake);
  }
}
