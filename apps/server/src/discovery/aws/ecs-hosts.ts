// What EC2 knows of where tasks run: instances and public addresses. Goes to: aws/ecs.
import type { Json } from "../json.js";
import type { AwsClient } from "./client.js";
import { ask, describeInstances } from "./ec2.js";
import type { Ecs } from "./ecs-client.js";

export type Host = {
  readonly id: string;
  readonly type: string;
  readonly privateIp: string;
  readonly publicIp: string;
  readonly subnet: string;
  readonly tags: Readonly<Record<string, string>>;
};

/** EC2 answers for so many at a time. */
const idsMax = 100;

/** The instances under tasks, by the ARN of their container instance. */
export async function hostsOf(ecs: Ecs, cluster: string, tasks: readonly Json[]): Promise<ReadonlyMap<string, Host>> {
  const arns = distinct(tasks.map((task) => task.at("containerInstanceArn").text()));
  const containers = await ecs.describe("DescribeContainerInstances", arns, {
    input: "containerInstances",
    length: 100,
    rest: { cluster },
  });
  const idOf = new Map(
    containers.map((one) => [one.at("containerInstanceArn").text(), one.at("ec2InstanceId").text()]),
  );
  const hosts = await instances(ecs.client, distinct([...idOf.values()]));
  return new Map(
    [...idOf].flatMap(([arn, id]) => {
      const host = hosts.get(id);
      return host ? [[arn, host] as const] : [];
    }),
  );
}

async function instances(client: AwsClient, ids: readonly string[]): Promise<ReadonlyMap<string, Host>> {
  const hosts = new Map<string, Host>();
  for (const part of parts(ids)) {
    const reservations = await describeInstances(client, numbered("InstanceId", part));
    for (const instance of reservations.flatMap((one) => one.items("instancesSet"))) {
      const tags = instance.items("tagSet").map((tag) => [tag.text("key"), tag.text("value")] as const);
      hosts.set(instance.text("instanceId"), {
        id: instance.text("instanceId"),
        type: instance.text("instanceType"),
        privateIp: instance.text("privateIpAddress"),
        publicIp: instance.text("ipAddress"),
        subnet: instance.text("subnetId"),
        tags: Object.fromEntries(tags),
      });
    }
  }
  return hosts;
}

/** Public addresses of tasks' own network interfaces, by the interface's id. */
export async function publicAddresses(client: AwsClient, tasks: readonly Json[]): Promise<ReadonlyMap<string, string>> {
  const ids = distinct(tasks.map((task) => interfaceOf(task)?.get("networkInterfaceId") ?? ""));
  const addresses = new Map<string, string>();
  for (const part of parts(ids)) {
    const answer = await ask(client, "DescribeNetworkInterfaces", numbered("NetworkInterfaceId", part));
    for (const one of answer.items("networkInterfaceSet")) {
      const ip = one.text("association", "publicIp");
      if (ip !== "") addresses.set(one.text("networkInterfaceId"), ip);
    }
  }
  return addresses;
}

/** The details of a task's own network interface; undefined for one that uses its host's. */
export function interfaceOf(task: Json): ReadonlyMap<string, string> | undefined {
  const attachment = task
    .at("attachments")
    .list()
    .find((one) => one.at("type").text() === "ElasticNetworkInterface");
  const details = attachment?.at("details").list();
  return details && new Map(details.map((one) => [one.at("name").text(), one.at("value").text()] as const));
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text !== "");
}

function parts(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / idsMax) }, (_, i) => ids.slice(i * idsMax, (i + 1) * idsMax));
}

function numbered(name: string, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value, i) => [`${name}.${i + 1}`, value]));
}
