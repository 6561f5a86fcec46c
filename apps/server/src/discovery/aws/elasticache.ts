// elasticache_sd_configs: cache clusters and serverless caches, at their own endpoints
// (docs.aws.amazon.com/AmazonElastiCache/latest/APIReference). Goes to: discovery/manager.
import { concurrently } from "../concurrently.js";
import { joinHostPort } from "../label-name.js";
import { allPages } from "../pages.js";
import type { Provider } from "../provider.js";
import type { Xml } from "../xml.js";
import { type AwsClient, awsProvider, query } from "./client.js";
import type { AwsClusterSdConfig } from "./config.js";
import {
  clusterPaths,
  logDeliveryPaths,
  nodePaths,
  securityGroupPaths,
  serverlessPaths,
} from "./elasticache-labels.js";
import { indexedLabels, labelsOf, tagLabels } from "./labels.js";
import { type AwsSurroundings, awsSurroundings } from "./surroundings.js";

const version = "2015-02-02";
const prefix = "__meta_elasticache_";

export const elasticacheProvider: Provider<AwsClusterSdConfig> = elasticacheProviderIn(awsSurroundings);

export function elasticacheProviderIn(around: AwsSurroundings): Provider<AwsClusterSdConfig> {
  return awsProvider<AwsClusterSdConfig>(
    {
      name: "elasticache",
      async list(client, { config, region }) {
        const { request_concurrency: max } = config;
        const caches = [
          ...(await serverlessCaches(client, config)).map((node) => ({ node, targetOf: serverlessTarget })),
          ...(await cacheClusters(client, config)).map((node) => ({ node, targetOf: clusterTarget })),
        ];
        const targets = await concurrently(caches, max, async ({ node, targetOf }) => {
          const parameters = { ResourceName: node.text("ARN") };
          const tags = await query(client, { action: "ListTagsForResource", version, parameters });
          return targetOf(node, tags.elements("TagList"));
        });
        return { source: region, targets, labels: {} };
      },
    },
    around,
  );
}

/** Names of the config's clusters of one type: the sixth and seventh parts of an ARN. */
function namesOf({ clusters }: AwsClusterSdConfig, type: string): string[] {
  return clusters
    .map((arn) => arn.split(":"))
    .flatMap(([, , , , , kind, name]) => (kind === type && name ? [name] : []));
}

/** None where the config names clusters of the other type alone. */
async function serverlessCaches(client: AwsClient, config: AwsClusterSdConfig): Promise<Xml[]> {
  const list = { action: "DescribeServerlessCaches", field: "ServerlessCaches", marker: "NextToken" };
  if (config.clusters.length === 0) return all(client, { ...list, parameters: { MaxResults: "50" } });
  const names = namesOf(config, "serverlesscache");
  const lists = await concurrently(names, config.request_concurrency, (name) =>
    all(client, { ...list, parameters: { ServerlessCacheName: name } }),
  );
  return lists.flat();
}

/** Those of replication groups and those outside are asked for apart; no cluster is told twice. */
async function cacheClusters(client: AwsClient, config: AwsClusterSdConfig): Promise<Xml[]> {
  const list = { action: "DescribeCacheClusters", field: "CacheClusters", marker: "Marker" };
  const ids = config.clusters.length === 0 ? [undefined] : namesOf(config, "replicationgroup");
  const calls = ids.flatMap((id) => [false, true].map((isOutside) => ({ id, isOutside })));
  const lists = await concurrently(calls, config.request_concurrency, ({ id, isOutside }) =>
    all(client, {
      ...list,
      parameters: {
        MaxRecords: "100",
        ShowCacheNodeInfo: "true",
        ShowCacheClustersNotInReplicationGroups: String(isOutside),
        ...(id === undefined ? {} : { CacheClusterId: id }),
      },
    }),
  );
  return [...new Map(lists.flat().map((cluster) => [cluster.text("ARN"), cluster])).values()];
}

type List = {
  readonly action: string;
  readonly field: string;
  /** What the API calls the way to the next page. */
  readonly marker: string;
  readonly parameters: Readonly<Record<string, string>>;
};

function all(client: AwsClient, { action, field, marker, parameters }: List): Promise<Xml[]> {
  return allPages(async (next) => {
    const paged = { ...parameters, ...(next === "" ? {} : { [marker]: next }) };
    const answer = await query(client, { action, version, parameters: paged });
    return { items: answer.elements(field), next: answer.text(marker) };
  });
}

function addressOf(endpoint: Xml | undefined): Record<string, string> {
  const [address, port] = [endpoint?.text("Address") ?? "", endpoint?.text("Port") ?? ""];
  return address === "" || port === "" ? {} : { __address__: joinHostPort(address, port) };
}

function serverlessTarget(cache: Xml, tags: readonly Xml[]): Record<string, string> {
  const own = `${prefix}serverless_cache_`;
  return {
    ...addressOf(cache.at("Endpoint")),
    [`${prefix}type`]: "serverless_cache",
    ...labelsOf(cache, own, serverlessPaths),
    ...indexedLabels(cache.elements("SecurityGroupIds"), own, [["security_group_id"]]),
    ...indexedLabels(cache.elements("SubnetIds"), own, [["subnet_id"]]),
    ...tagLabels(tags, `${own}tag_`),
  };
}

function clusterTarget(cluster: Xml, tags: readonly Xml[]): Record<string, string> {
  const own = `${prefix}cache_cluster_`;
  const nodes = cluster.elements("CacheNodes");
  const removed = cluster.at("PendingModifiedValues")?.elements("CacheNodeIdsToRemove") ?? [];
  return {
    ...addressOf(cluster.at("ConfigurationEndpoint") ?? nodes[0]?.at("Endpoint")),
    [`${prefix}type`]: "cache_cluster",
    ...labelsOf(cluster, own, clusterPaths),
    ...(removed.length === 0
      ? {}
      : { [`${own}pending_modified_values_cache_node_ids_to_remove`]: removed.map((one) => one.ownText()).join(",") }),
    ...indexedLabels(
      cluster.elements("LogDeliveryConfigurations"),
      `${own}log_delivery_configuration_`,
      logDeliveryPaths,
    ),
    ...indexedLabels(cluster.elements("SecurityGroups"), `${own}security_group_membership_`, securityGroupPaths),
    ...indexedLabels(nodes, `${prefix}cache_node_`, nodePaths),
    ...tagLabels(tags, `${own}tag_`),
  };
}
