import type { Json } from "../../json.js";
import { joinHostPort } from "../../label-name.js";
import { namespaceLabel, objectLabels, setLabels } from "../labels.js";
import { attachedKinds, type Role, type RoleScope } from "../role.js";
import { attachedControllers, attachedNamespace, attachedNode, controllerOf } from "./attach.js";

/** One target for each port of each container; one without a port for a container that declares none. */
export const podRole: Role = {
  kind: "pods",
  joins: attachedKinds,
  group(pod, scope) {
    const namespace = pod.at("metadata", "namespace").text();
    const source = `pod/${namespace}/${pod.at("metadata", "name").text()}`;
    // A pod without an address runs nowhere yet.
    if (podIp(pod) === "") return { source, targets: [], labels: {} };
    const labels = {
      ...podLabels(pod, scope),
      ...attachedNode(pod.at("spec", "nodeName").text(), scope),
      ...attachedNamespace(namespace, scope),
    };
    return { source, targets: containersOf(pod).flatMap((container) => containerTargets(pod, container)), labels };
  },
};

export function podIp(pod: Json): string {
  return pod.at("status", "podIP").text();
}

export function podLabels(pod: Json, scope: RoleScope): Record<string, string> {
  const status = pod.at("status");
  const { kind, name } = controllerOf(pod);
  return {
    ...namespaceLabel(pod),
    ...objectLabels(pod, "pod"),
    ...setLabels("pod_", {
      ip: podIp(pod),
      ready: readiness(pod),
      phase: status.at("phase").text(),
      node_name: pod.at("spec", "nodeName").text(),
      host_ip: status.at("hostIP").text(),
      uid: pod.at("metadata", "uid").text(),
      controller_kind: kind,
      controller_name: name,
    }),
    ...attachedControllers(pod, scope),
  };
}

function readiness(pod: Json): string {
  const conditions = pod.at("status", "conditions").list();
  const ready = conditions.find((condition) => condition.at("type").text() === "Ready");
  return ready ? ready.at("status").text().toLowerCase() : "unknown";
}

export type Container = {
  readonly ports: readonly Json[];
  /** Of targets of this container, whatever the port. */
  readonly labels: Readonly<Record<string, string>>;
};

export function containersOf(pod: Json): Container[] {
  return [...containersIn(pod, "containers", "false"), ...containersIn(pod, "initContainers", "true")];
}

function containersIn(pod: Json, field: "containers" | "initContainers", isInit: string): Container[] {
  const statuses = pod.at("status", field === "containers" ? "containerStatuses" : "initContainerStatuses").list();
  return pod
    .at("spec", field)
    .list()
    .map((container) => {
      const name = container.at("name").text();
      const status = statuses.find((one) => one.at("name").text() === name);
      const labels = setLabels("pod_container_", {
        name,
        id: status?.at("containerID").text(),
        image: container.at("image").text(),
        init: isInit,
      });
      return { ports: container.at("ports").list(), labels };
    });
}

function containerTargets(pod: Json, container: Container): Record<string, string>[] {
  const { ports, labels } = container;
  if (ports.length === 0) {
    const ip = podIp(pod);
    return [{ __address__: ip.includes(":") ? `[${ip}]` : ip, ...labels }];
  }
  return ports.map((port) => containerPortTarget(pod, container, port));
}

export function containerPortTarget(pod: Json, { labels }: Container, port: Json): Record<string, string> {
  return { __address__: joinHostPort(podIp(pod), portNumber(port)), ...labels, ...portLabels(port) };
}

export function portNumber(port: Json): number {
  return port.at("containerPort").number();
}

export function portLabels(port: Json): Record<string, string> {
  return setLabels("pod_container_port_", {
    name: port.at("name").text(),
    number: String(portNumber(port)),
    protocol: port.at("protocol").text(),
  });
}
