import { expect, onTestFinished, test } from "vitest";
import { ApiServer, type Asked, Reply } from "../testing/api.js";
import { listOnce } from "../testing/listing.js";
import { ecsSd } from "./config.js";
import { ecsProviderIn } from "./ecs.js";

const cluster = "arn:aws:ecs:eu-west-1:1:cluster/main";
const tag = (value: string): unknown[] => [{ key: "team:name", value }];

function task(name: string, more: Record<string, unknown>): Record<string, unknown> {
  return {
    taskArn: name,
    taskDefinitionArn: "definition:3",
    group: "service:web",
    launchType: "EC2",
    availabilityZone: "eu-west-1a",
    desiredStatus: "RUNNING",
    lastStatus: "RUNNING",
    healthStatus: "HEALTHY",
    ...more,
  };
}

const detail = (name: string, value: string): unknown => ({ name, value });
const tasks = [
  task("fargate", {
    launchType: "FARGATE",
    platformFamily: "Linux",
    platformVersion: "1.4.0",
    tags: tag("task"),
    attachments: [
      {
        type: "ElasticNetworkInterface",
        details: [
          detail("networkInterfaceId", "eni-1"),
          detail("privateIPv4Address", "10.0.1.2"),
          detail("subnetId", "subnet-1"),
        ],
      },
    ],
  }),
  task("bridge", { containerInstanceArn: "container-1" }),
  task("nowhere", { containerInstanceArn: "container-9" }),
];

const ecsAnswers: Readonly<Record<string, (body: Record<string, unknown>) => unknown>> = {
  ListClusters: ({ nextToken }) =>
    nextToken === "2" ? { clusterArns: [cluster] } : { clusterArns: [], nextToken: "2" },
  DescribeClusters: () => ({ clusters: [{ clusterArn: cluster, clusterName: "main", tags: tag("cluster") }] }),
  ListServices: () => ({ serviceArns: Array.from({ length: 12 }, (_, i) => `service-${i}`) }),
  DescribeServices: ({ services }) => ({
    services: (services as string[])
      .filter((arn) => arn === "service-11")
      .map((serviceArn) => ({
        serviceArn,
        serviceName: "web",
        clusterArn: cluster,
        status: "ACTIVE",
        tags: tag("service"),
      })),
  }),
  ListTasks: () => ({ taskArns: ["fargate", "bridge", "nowhere"] }),
  DescribeTasks: () => ({ tasks }),
  DescribeContainerInstances: () => ({
    containerInstances: [{ containerInstanceArn: "container-1", ec2InstanceId: "i-1" }],
  }),
};

const instances = `<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId>
  <instanceType>t3.large</instanceType><privateIpAddress>10.0.0.9</privateIpAddress><ipAddress>192.0.2.9</ipAddress>
  <subnetId>subnet-9</subnetId><tagSet><item><key>team:name</key><value>host</value></item></tagSet>
  </item></instancesSet></item></reservationSet></DescribeInstancesResponse>`;
const interfaces = `<DescribeNetworkInterfacesResponse><networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId>
  <association><publicIp>192.0.2.1</publicIp></association></item></networkInterfaceSet></DescribeNetworkInterfacesResponse>`;

test("tasks are targets at their own interfaces or at their hosts", async () => {
  const ec2 = await ApiServer.open(
    ({ body }: Asked) => new Reply(200, body.includes("DescribeInstances") ? instances : interfaces),
  );
  onTestFinished(() => ec2.close());
  const environment = { AWS_ENDPOINT_URL_EC2: ec2.url };
  const { targets, asked } = await listOnce(
    {
      provider: () => ecsProviderIn({ environment, metadataUrl: "http://127.0.0.1:1" }),
      section: ecsSd,
      yaml: (url) => `{ region: eu-west-1, access_key: AKID, secret_key: s, endpoint: "${url}", port: 9100 }`,
      answers: ({ headers, body }) => {
        const action = String(headers["x-amz-target"]).split(".")[1] ?? "";
        return ecsAnswers[action]?.(JSON.parse(body) as Record<string, unknown>);
      },
    },
    "__meta_ecs_",
  );
  const common = {
    availability_zone: "eu-west-1a",
    cluster: "main",
    cluster_arn: cluster,
    desired_status: "RUNNING",
    health_status: "HEALTHY",
    last_status: "RUNNING",
    region: "eu-west-1",
    service: "web",
    service_arn: "service-11",
    service_status: "ACTIVE",
    tag_cluster_team_name: "cluster",
    tag_service_team_name: "service",
    task_definition: "definition:3",
    task_group: "service:web",
  };
  expect(targets).toEqual([
    {
      ...common,
      __address__: "10.0.1.2:9100",
      ip_address: "10.0.1.2",
      launch_type: "FARGATE",
      network_mode: "awsvpc",
      platform_family: "Linux",
      platform_version: "1.4.0",
      public_ip: "192.0.2.1",
      subnet_id: "subnet-1",
      tag_task_team_name: "task",
      task_arn: "fargate",
    },
    {
      ...common,
      __address__: "10.0.0.9:9100",
      container_instance_arn: "container-1",
      ec2_instance_id: "i-1",
      ec2_instance_private_ip: "10.0.0.9",
      ec2_instance_public_ip: "192.0.2.9",
      ec2_instance_type: "t3.large",
      ip_address: "10.0.0.9",
      launch_type: "EC2",
      network_mode: "bridge",
      public_ip: "192.0.2.9",
      subnet_id: "subnet-9",
      tag_ec2_team_name: "host",
      task_arn: "bridge",
    },
  ]);
  const services = asked.filter(({ headers }) => String(headers["x-amz-target"]).endsWith("DescribeServices"));
  expect(services.map(({ body }) => (JSON.parse(body) as { services: string[] }).services.length)).toEqual([10, 2]);
  expect(asked[0]?.headers.authorization).toContain("/eu-west-1/ecs/aws4_request");
  expect(ec2.asked[0]?.headers.authorization).toContain("/eu-west-1/ec2/aws4_request");
});
