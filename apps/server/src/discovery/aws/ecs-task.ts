// One task of a service as a target. Goes to: aws/ecs.
import type { Json } from "../json.js";
import { joinHostPort, prefixedLabels } from "../label-name.js";
import type { AwsClusterSdConfig } from "./config.js";
import { type Host, interfaceOf } from "./ecs-hosts.js";

export type TaskScope = {
  readonly cluster: Json;
  readonly service: Json;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly addresses: ReadonlyMap<string, string>;
  readonly config: AwsClusterSdConfig;
  readonly region: string;
};

const prefix = "__meta_ecs_";

/** None for a task whose address is not known. */
export function taskTargets(task: Json, scope: TaskScope): Record<string, string>[] {
  const { cluster, service, config, region } = scope;
  const host = scope.hosts.get(task.at("containerInstanceArn").text());
  const network = networkOf(task, scope, host);
  if (!network || network.ip_address === "") return [];
  const text = (field: string): string => task.at(field).text();
  const labels = {
    cluster: cluster.at("clusterName").text(),
    cluster_arn: service.at("clusterArn").text(),
    service: service.at("serviceName").text(),
    service_arn: service.at("serviceArn").text(),
    service_status: service.at("status").text(),
    task_group: text("group"),
    task_arn: text("taskArn"),
    task_definition: text("taskDefinitionArn"),
    region,
    availability_zone: text("availabilityZone"),
    launch_type: text("launchType"),
    desired_status: text("desiredStatus"),
    last_status: text("lastStatus"),
    health_status: text("healthStatus"),
    platform_family: text("platformFamily"),
    platform_version: text("platformVersion"),
    container_instance_arn: text("containerInstanceArn"),
    ec2_instance_id: host?.id ?? "",
    ec2_instance_type: host?.type ?? "",
    ec2_instance_private_ip: host?.privateIp ?? "",
    ec2_instance_public_ip: host?.publicIp ?? "",
    ...network,
  };
  return [
    {
      __address__: joinHostPort(network.ip_address, config.port),
      ...prefixedLabels(prefix, labels),
      ...prefixedLabels(`${prefix}tag_cluster_`, tagsOf(cluster)),
      ...prefixedLabels(`${prefix}tag_service_`, tagsOf(service)),
      ...prefixedLabels(`${prefix}tag_task_`, tagsOf(task)),
      ...prefixedLabels(`${prefix}tag_ec2_`, host?.tags ?? {}),
    },
  ];
}

type Network = {
  readonly network_mode: string;
  readonly ip_address: string;
  readonly subnet_id: string;
  readonly public_ip: string;
};

function networkOf(task: Json, { addresses }: TaskScope, host: Host | undefined): Network | undefined {
  const own = interfaceOf(task);
  if (own) {
    return {
      network_mode: "awsvpc",
      ip_address: own.get("privateIPv4Address") ?? "",
      subnet_id: own.get("subnetId") ?? "",
      public_ip: addresses.get(own.get("networkInterfaceId") ?? "") ?? "",
    };
  }
  return (
    host && {
      network_mode: "bridge",
      ip_address: host.privateIp,
      subnet_id: host.subnet,
      public_ip: host.publicIp,
    }
  );
}

function tagsOf(resource: Json): Record<string, string> {
  const tags = resource.at("tags").list();
  return Object.fromEntries(tags.map((tag) => [tag.at("key").text(), tag.at("value").text()]));
}
