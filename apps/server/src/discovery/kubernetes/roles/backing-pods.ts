// The pods behind endpoints: their labels on the targets, and those of their ports that no endpoint has.
// Comes from: kubernetes/roles/endpoints and endpoint-slice.
import type { Json } from "../../json.js";
import type { RoleScope } from "../role.js";
import { attachedNode } from "./attach.js";
import { type Container, containerPortTarget, containersOf, podIp, podLabels, portLabels, portNumber } from "./pod.js";

type SeenPod = { readonly pod: Json; readonly labels: Readonly<Record<string, string>>; readonly ports: Set<number> };

export class BackingPods {
  readonly #scope: RoleScope;
  readonly #seen = new Map<string, SeenPod>();

  constructor(scope: RoleScope) {
    this.#scope = scope;
  }

  /** Labels for an endpoint at `port` whose `targetRef` is given: of its pod, and of the container that has the port. */
  labelsAt(targetRef: Json, port: number | undefined): Record<string, string> {
    if (targetRef.at("kind").text() !== "Pod") return {};
    const key = `${targetRef.at("namespace").text()}/${targetRef.at("name").text()}`;
    const seen = this.#seen.get(key) ?? this.#find(key);
    if (!seen) return {};
    if (port !== undefined) seen.ports.add(port);
    return { ...seen.labels, ...containerLabels(seen.pod, port) };
  }

  /** Targets for ports of these pods that no endpoint has. */
  otherTargets(): Record<string, string>[] {
    return [...this.#seen.values()]
      .filter(({ pod }) => podIp(pod) !== "")
      .flatMap(({ pod, labels, ports }) => {
        const node = attachedNode(pod.at("spec", "nodeName").text(), this.#scope);
        const others = portsOf(pod).filter(({ port }) => !ports.has(portNumber(port)));
        return others.map(({ container, port }) => ({
          ...containerPortTarget(pod, container, port),
          ...labels,
          ...node,
        }));
      });
  }

  #find(key: string): SeenPod | undefined {
    const pod = this.#scope.lookup("pods", key);
    if (!pod) return undefined;
    const seen = { pod, labels: podLabels(pod, this.#scope), ports: new Set<number>() };
    this.#seen.set(key, seen);
    return seen;
  }
}

type PortOf = { readonly container: Container; readonly port: Json };

function portsOf(pod: Json): PortOf[] {
  return containersOf(pod).flatMap((container) => container.ports.map((port) => ({ container, port })));
}

function containerLabels(pod: Json, number: number | undefined): Record<string, string> {
  const found = portsOf(pod).find(({ port }) => portNumber(port) === number);
  return found ? { ...found.container.labels, ...portLabels(found.port) } : {};
}
