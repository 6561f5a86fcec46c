import type { Engine } from "../docker/engine.js";
import type { Json } from "../json.js";
import { joinHostPort, prefixedLabels } from "../label-name.js";
import type { DockerSwarmSdConfig } from "./config.js";

export const prefix = "__meta_dockerswarm_";

export async function nodeTargets(engine: Engine, config: DockerSwarmSdConfig): Promise<Record<string, string>[]> {
  const nodes = await engine({ path: "/nodes", filters: config.filters });
  return nodes.list().map((node) => ({
    __address__: joinHostPort(node.at("Status", "Addr").text(), config.port),
    ...nodeLabels(node),
  }));
}

export function nodeLabels(node: Json): Record<string, string> {
  const description = node.at("Description");
  const own = {
    id: node.at("ID").text(),
    role: node.at("Spec", "Role").text(),
    availability: node.at("Spec", "Availability").text(),
    hostname: description.at("Hostname").text(),
    platform_architecture: description.at("Platform", "Architecture").text(),
    platform_os: description.at("Platform", "OS").text(),
    engine_version: description.at("Engine", "EngineVersion").text(),
    status: node.at("Status", "State").text(),
    address: node.at("Status", "Addr").text(),
    ...managerLabels(node.at("ManagerStatus")),
  };
  return {
    ...prefixedLabels(`${prefix}node_`, own),
    ...prefixedLabels(`${prefix}node_label_`, node.at("Spec", "Labels").texts()),
  };
}

function managerLabels(manager: Json): Record<string, string> {
  if (manager.isNull) return {};
  return {
    manager_leader: String(manager.at("Leader").flag()),
    manager_reachability: manager.at("Reachability").text(),
    manager_address: manager.at("Addr").text(),
  };
}
