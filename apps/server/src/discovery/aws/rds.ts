// rds_sd_configs: instances of database clusters (docs.aws.amazon.com/AmazonRDS/latest/APIReference).
// Goes to: discovery/manager.
import { concurrently } from "../concurrently.js";
import { joinHostPort } from "../label-name.js";
import { allPages } from "../pages.js";
import type { Provider } from "../provider.js";
import type { Xml } from "../xml.js";
import { type AwsClient, awsProvider, filterParameters, query } from "./client.js";
import type { RdsSdConfig } from "./config.js";
import { labelsOf, tagLabels } from "./labels.js";
import { clusterPaths, instancePaths } from "./rds-labels.js";
import { type AwsSurroundings, awsSurroundings } from "./surroundings.js";

const prefix = "__meta_rds_";

export const rdsProvider: Provider<RdsSdConfig> = rdsProviderIn(awsSurroundings);

export function rdsProviderIn(around: AwsSurroundings): Provider<RdsSdConfig> {
  return awsProvider<RdsSdConfig>(
    {
      name: "rds",
      async list(client, { config, region }) {
        const { clusters: arns, request_concurrency: max, filters, port } = config;
        const clusters =
          arns.length === 0
            ? await all(client, "DescribeDBClusters", {})
            : (await concurrently(arns, max, (arn) => named(client, arn))).flat();
        const lists = await concurrently(clusters, max, async (cluster) => {
          const ofCluster = { name: "db-cluster-id", values: [cluster.text("DBClusterArn")] };
          const parameters = filterParameters([ofCluster, ...filters], {
            prefix: "Filters.Filter",
            value: "Values.Value",
          });
          const instances = await all(client, "DescribeDBInstances", parameters);
          return instances.map((instance) => instanceTarget(cluster, instance, port));
        });
        return { source: region, targets: lists.flat(), labels: {} };
      },
    },
    around,
  );
}

async function named(client: AwsClient, arn: string): Promise<Xml[]> {
  const found = await all(client, "DescribeDBClusters", { DBClusterIdentifier: arn });
  if (found.length === 0) throw new Error(`no DB cluster found for ARN ${arn}`);
  return found;
}

function all(
  client: AwsClient,
  action: "DescribeDBClusters" | "DescribeDBInstances",
  parameters: Readonly<Record<string, string>>,
): Promise<Xml[]> {
  return allPages(async (next) => {
    const paged = { ...parameters, MaxRecords: "100", ...(next === "" ? {} : { Marker: next }) };
    const answer = await query(client, { action, version: "2014-10-31", parameters: paged });
    return { items: answer.elements(action.replace("Describe", "")), next: answer.text("Marker") };
  });
}

function instanceTarget(cluster: Xml, instance: Xml, port: number): Record<string, string> {
  const id = instance.text("DBInstanceIdentifier");
  const member = cluster.elements("DBClusterMembers").find((one) => one.text("DBInstanceIdentifier") === id);
  const isWriter = member?.text("IsClusterWriter") ?? "";
  const address = instance.text("Endpoint", "Address");
  return {
    // An instance that is being made has no endpoint yet.
    ...(address === "" ? {} : { __address__: joinHostPort(address, port) }),
    ...labelsOf(cluster, `${prefix}cluster_`, clusterPaths),
    ...tagLabels(cluster.elements("TagList"), `${prefix}cluster_tag_`),
    ...labelsOf(instance, `${prefix}instance_`, instancePaths),
    ...tagLabels(instance.elements("TagList"), `${prefix}instance_tag_`),
    ...(isWriter === "" ? {} : { [`${prefix}instance_is_cluster_writer`]: isWriter }),
  };
}
