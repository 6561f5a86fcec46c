import type { Json } from "../../json.js";
import { namespaceLabel, objectLabels, setLabels } from "../labels.js";
import { objectKey } from "../resources.js";
import type { Role } from "../role.js";
import { attachedNamespace } from "./attach.js";

/** One target for each path of each rule, for probing from outside. */
export const ingressRole: Role = {
  kind: "ingresses",
  joins: (attach) => (attach.namespace ? ["namespaces"] : []),
  group(ingress, scope) {
    const spec = ingress.at("spec");
    const tlsHosts = spec
      .at("tls")
      .list()
      .flatMap((tls) =>
        tls
          .at("hosts")
          .list()
          .map((host) => host.text()),
      );
    return {
      source: `ingress/${objectKey(ingress)}`,
      targets: spec
        .at("rules")
        .list()
        .flatMap((rule) => ruleTargets(rule, tlsHosts)),
      labels: {
        ...namespaceLabel(ingress),
        ...objectLabels(ingress, "ingress"),
        ...setLabels("ingress_", { class_name: spec.at("ingressClassName").text() }),
        ...attachedNamespace(ingress.at("metadata", "namespace").text(), scope),
      },
    };
  },
};

function ruleTargets(rule: Json, tlsHosts: readonly string[]): Record<string, string>[] {
  const host = rule.at("host").text();
  const scheme = tlsHosts.some((pattern) => matchesHost(pattern, host)) ? "https" : "http";
  const paths = rule
    .at("http", "paths")
    .list()
    .map((path) => path.at("path").text() || "/");
  return (paths.length > 0 ? paths : ["/"]).map((path) => ({
    __address__: host,
    ...setLabels("ingress_", { scheme, host, path }),
  }));
}

/** A star stands for exactly one label (kubernetes.io/docs/concepts/services-networking/ingress/#hostname-wildcards). */
function matchesHost(pattern: string, host: string): boolean {
  if (pattern === host) return true;
  const dot = host.indexOf(".");
  return pattern.startsWith("*.") && dot > 0 && host.slice(dot) === pattern.slice(1);
}
