import { type Engine, networkLabels } from "../docker/engine.js";
import type { Json } from "../json.js";
import { joinHostPort, prefixedLabels } from "../label-name.js";
import type { DockerSwarmSdConfig } from "./config.js";
import { prefix } from "./nodes.js";

export async function serviceTargets(engine: Engine, config: DockerSwarmSdConfig): Promise<Record<string, string>[]> {
  const services = await engine({ path: "/services", filters: config.filters });
  const networks = await networkLabels(engine, prefix);
  return services.list().flatMap((service) => {
    const labels = { ...serviceLabels(service), ...templateLabels(service) };
    return service
      .at("Endpoint", "VirtualIPs")
      .list()
      .flatMap((virtual) => {
        const ip = hostOf(virtual.at("Addr").text());
        const network = networks.get(virtual.at("NetworkID").text());
        const ports = tcpPorts(service);
        if (ports.length === 0) return [{ __address__: joinHostPort(ip, config.port), ...labels, ...network }];
        return ports.map((port) => ({
          __address__: joinHostPort(ip, port.at("PublishedPort").number()),
          ...labels,
          [`${prefix}service_endpoint_port_name`]: port.at("Name").text(),
          [`${prefix}service_endpoint_port_publish_mode`]: port.at("PublishMode").text(),
          ...network,
        }));
      });
  });
}

/** "10.0.0.7/24" without its mask. */
export function hostOf(address: string): string {
  return address.replace(/\/\d+$/, "");
}

export function tcpPorts(service: Json): Json[] {
  return service
    .at("Endpoint", "Ports")
    .list()
    .filter((port) => port.at("Protocol").text() === "tcp");
}

/** As its tasks have them too. */
export function serviceLabels(service: Json): Record<string, string> {
  const spec = service.at("Spec");
  const mode =
    spec
      .at("Mode")
      .fields()
      .find(([, value]) => !value.isNull)?.[0] ?? "";
  return {
    [`${prefix}service_id`]: service.at("ID").text(),
    [`${prefix}service_name`]: spec.at("Name").text(),
    // Jobs have modes of their own, which Prometheus does not tell.
    [`${prefix}service_mode`]: ["Global", "Replicated"].includes(mode) ? mode.toLowerCase() : "",
    ...prefixedLabels(`${prefix}service_label_`, spec.at("Labels").texts()),
  };
}

function templateLabels(service: Json): Record<string, string> {
  const container = service.at("Spec", "TaskTemplate", "ContainerSpec");
  return {
    [`${prefix}service_task_container_hostname`]: container.at("Hostname").text(),
    [`${prefix}service_task_container_image`]: container.at("Image").text(),
    [`${prefix}service_updating_status`]: service.at("UpdateStatus", "State").text(),
  };
}
