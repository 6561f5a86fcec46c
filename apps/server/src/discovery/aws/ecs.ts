// ecs_sd_configs: tasks of the services of clusters, at the addresses of their network interfaces or of the instances
// that they run on (docs.aws.amazon.com/AmazonECS/latest/APIReference). Goes to: discovery/manager.
import type { Json } from "../json.js";
import type { Provider } from "../provider.js";
import { awsProvider } from "./client.js";
import type { AwsClusterSdConfig } from "./config.js";
import { Ecs } from "./ecs-client.js";
import { hostsOf, publicAddresses } from "./ecs-hosts.js";
import { taskTargets } from "./ecs-task.js";
import { type AwsSurroundings, awsSurroundings } from "./surroundings.js";

export const ecsProvider: Provider<AwsClusterSdConfig> = ecsProviderIn(awsSurroundings);

export function ecsProviderIn(around: AwsSurroundings): Provider<AwsClusterSdConfig> {
  return awsProvider<AwsClusterSdConfig>(
    {
      name: "ecs",
      async list(client, { config, region }) {
        const ecs = new Ecs(client, config.request_concurrency);
        const arns = config.clusters.length > 0 ? config.clusters : await ecs.arns("ListClusters", "clusterArns");
        const clusters = await ecs.describe("DescribeClusters", arns, {
          input: "clusters",
          length: 100,
          rest: withTags,
        });
        const lists = await Promise.all(clusters.map((cluster) => clusterTargets(ecs, cluster, { config, region })));
        return { source: region, targets: lists.flat(), labels: {} };
      },
    },
    around,
  );
}

const withTags = { include: ["TAGS"] };

async function clusterTargets(
  ecs: Ecs,
  cluster: Json,
  scope: { readonly config: AwsClusterSdConfig; readonly region: string },
): Promise<Record<string, string>[]> {
  const ofCluster = { cluster: cluster.at("clusterArn").text() };
  const services = await ecs.describe("DescribeServices", await ecs.arns("ListServices", "serviceArns", ofCluster), {
    input: "services",
    length: 10,
    rest: { ...ofCluster, ...withTags },
  });
  const lists = await ecs.each(services, async (service) => {
    const query = { ...ofCluster, serviceName: service.at("serviceName").text() };
    const arns = await ecs.arns("ListTasks", "taskArns", query);
    const tasks = await ecs.describe("DescribeTasks", arns, {
      input: "tasks",
      length: 100,
      rest: { ...ofCluster, ...withTags },
    });
    return tasks.map((task) => ({ task, service }));
  });
  const tasks = lists.flat();
  const hosts = await hostsOf(
    ecs,
    ofCluster.cluster,
    tasks.map(({ task }) => task),
  );
  const addresses = await publicAddresses(
    ecs.client,
    tasks.map(({ task }) => task),
  );
  return tasks.flatMap(({ task, service }) => taskTargets(task, { cluster, service, hosts, addresses, ...scope }));
}
