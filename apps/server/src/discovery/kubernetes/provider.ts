// kubernetes_sd_configs: objects of the API server as targets.
// Written on our own HTTP client: docs/decisions/0006-kubernetes-client.md.
// Comes from: kubernetes/watch, one for each kind and namespace. Goes to: discovery/manager.
import { createHttpClient } from "@narthex/service";
import { manyListeners } from "../../many-listeners.js";
import { userAgent } from "../../version.js";
import type { Provider } from "../provider.js";
import { apiAccess, type PodSurroundings, podSurroundings } from "./access.js";
import type { KubernetesRole, KubernetesSdConfig, KubernetesSelector } from "./config.js";
import { KubernetesGroups } from "./groups.js";
import { type ResourceKind, resources } from "./resources.js";
import type { Role } from "./role.js";
import { endpointSliceRole } from "./roles/endpoint-slice.js";
import { endpointsRole } from "./roles/endpoints.js";
import { ingressRole } from "./roles/ingress.js";
import { nodeRole } from "./roles/node.js";
import { podRole } from "./roles/pod.js";
import { serviceRole } from "./roles/service.js";
import { type WatchSink, watchResource } from "./watch.js";

const roles: Readonly<Record<KubernetesRole, Role>> = {
  pod: podRole,
  service: serviceRole,
  endpoints: endpointsRole,
  endpointslice: endpointSliceRole,
  node: nodeRole,
  ingress: ingressRole,
};

/** Events come in bursts (a deployment, a node that goes): one list for all of a burst. */
const burstMs = 200;

export const kubernetesProvider: Provider<KubernetesSdConfig> = kubernetesProviderIn(podSurroundings);

/** Where no server is named, the one of the pod that runs us. */
export function kubernetesProviderIn(pod: PodSurroundings): Provider<KubernetesSdConfig> {
  return {
    name: "kubernetes",
    start(config, world) {
      const { base, client: clientConfig, namespaces, tokens } = apiAccess(config, pod, world.clock);
      const client = createHttpClient(clientConfig, { userAgent, clock: world.clock, ...(tokens ? { tokens } : {}) });
      const controller = manyListeners(new AbortController());
      const role = roles[config.role];
      const groups = new KubernetesGroups(role, config.attach_metadata);
      const watches = watchesOf(role, config, namespaces);
      const unlisted = new Set(watches);
      let cancel: (() => void) | undefined;
      const refresh = (): void => {
        cancel = undefined;
        world.update(groups.refresh((key, err) => world.logger.error({ err, object: key }, "cannot use an object")));
      };
      /** No list before every kind was listed once: half of it would look like targets that went. */
      const changed = (): void => {
        if (unlisted.size === 0) cancel ??= world.clock.after(burstMs, refresh);
      };
      for (const watch of watches) {
        const sink = sinkOf(watch.kind, groups, (isList) => {
          if (isList) unlisted.delete(watch);
          changed();
        });
        void watchResource({ client, base, ...watch, world }, sink, controller.signal);
      }
      return () => {
        controller.abort();
        cancel?.();
        client.close();
        tokens?.close();
      };
    },
  };
}

type Watch = { readonly kind: ResourceKind; readonly namespace: string; readonly selector: KubernetesSelector };

function watchesOf(role: Role, config: KubernetesSdConfig, namespaces: readonly string[]): Watch[] {
  const kinds = new Set([role.kind, ...role.joins(config.attach_metadata)]);
  return [...kinds].flatMap((kind) => {
    const selector = config.selectors.find((one) => one.role === resources[kind].role);
    const within = resources[kind].isNamespaced ? namespaces : [""];
    return within.map((namespace) => ({ kind, namespace, selector: selector ?? { role: "", label: "", field: "" } }));
  });
}

function sinkOf(kind: ResourceKind, groups: KubernetesGroups, changed: (isList: boolean) => void): WatchSink {
  /** Of this watch alone: another one may follow the same kind in another namespace. */
  const keys = new Set<string>();
  const put = (key: string, object: unknown): void => {
    groups.put(kind, key, object);
    if (object === undefined) keys.delete(key);
    else keys.add(key);
  };
  return {
    replace(objects) {
      for (const key of keys) if (!objects.has(key)) put(key, undefined);
      for (const [key, object] of objects) put(key, object);
      changed(true);
    },
    put(key, object) {
      put(key, object);
      changed(false);
    },
  };
}
