import { type Engine, networkLabels } from "../docker/engine.js";
import type { Json } from "../json.js";
import { joinHostPort, prefixedLabels } from "../label-name.js";
import type { DockerSwarmSdConfig } from "./config.js";
import { nodeLabels, prefix } from "./nodes.js";
import { hostOf, serviceLabels, tcpPorts } from "./services.js";

type Swarm = {
  readonly config: DockerSwarmSdConfig;
  readonly services: ReadonlyMap<string, Json>;
  readonly nodes: ReadonlyMap<string, Json>;
  readonly networks: ReadonlyMap<string, Record<string, string>>;
};

export async function taskTargets(engine: Engine, config: DockerSwarmSdConfig): Promise<Record<string, string>[]> {
  const byId = async (path: string): Promise<Map<string, Json>> =>
    new Map((await engine({ path })).list().map((one) => [one.at("ID").text(), one]));
  const tasks = await engine({ path: "/tasks", filters: config.filters });
  const swarm = {
    config,
    services: await byId("/services"),
    nodes: await byId("/nodes"),
    networks: await networkLabels(engine, prefix),
  };
  return tasks.list().flatMap((task) => {
    const labels = taskLabels(task, swarm);
    return [...hostTargets(task, labels), ...networkTargets(task, labels, swarm)];
  });
}

type Labels = Readonly<Record<string, string>>;

/** Ports that are published on the task's own node. */
function hostTargets(task: Json, labels: Labels): Record<string, string>[] {
  const ports = task.at("Status", "PortStatus", "Ports").list();
  return ports
    .filter((port) => port.at("Protocol").text() === "tcp")
    .map((port) => ({
      __address__: joinHostPort(labels[`${prefix}node_address`] ?? "", port.at("PublishedPort").number()),
      ...labels,
      [`${prefix}task_port_publish_mode`]: port.at("PublishMode").text(),
    }));
}

/** Ports of the service, at the task's address in each of its networks. */
function networkTargets(task: Json, labels: Labels, swarm: Swarm): Record<string, string>[] {
  const service = swarm.services.get(task.at("ServiceID").text());
  const ports = service ? tcpPorts(service) : [];
  return task
    .at("NetworksAttachments")
    .list()
    .flatMap((attachment) => {
      const network = swarm.networks.get(attachment.at("Network", "ID").text());
      return attachment
        .at("Addresses")
        .list()
        .flatMap((address) => {
          const ip = hostOf(address.text());
          if (ports.length === 0) return [{ __address__: joinHostPort(ip, swarm.config.port), ...labels, ...network }];
          return ports.map((port) => ({
            __address__: joinHostPort(ip, port.at("PublishedPort").number()),
            ...labels,
            [`${prefix}task_port_publish_mode`]: port.at("PublishMode").text(),
            ...network,
          }));
        });
    });
}

function taskLabels(task: Json, { services, nodes }: Swarm): Record<string, string> {
  const service = services.get(task.at("ServiceID").text());
  const node = nodes.get(task.at("NodeID").text());
  const own = {
    id: task.at("ID").text(),
    desired_state: task.at("DesiredState").text(),
    state: task.at("Status", "State").text(),
    slot: String(task.at("Slot").number()),
    container_id: task.at("Status", "ContainerStatus", "ContainerID").text(),
  };
  return {
    ...prefixedLabels(`${prefix}task_`, own),
    ...prefixedLabels(`${prefix}container_label_`, task.at("Spec", "ContainerSpec", "Labels").texts()),
    ...(service ? serviceLabels(service) : {}),
    ...(node ? nodeLabels(node) : {}),
  };
}
