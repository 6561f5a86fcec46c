// msk_sd_configs: brokers and controllers of Kafka clusters
// (docs.aws.amazon.com/msk/1.0/apireference, docs.aws.amazon.com/MSK/2.0/APIReference). Goes to: discovery/manager.
import { concurrently } from "../concurrently.js";
import { type Json, parseJson } from "../json.js";
import { joinHostPort, prefixedLabels } from "../label-name.js";
import { allPages } from "../pages.js";
import type { Provider } from "../provider.js";
import { type AwsClient, awsProvider } from "./client.js";
import type { AwsClusterSdConfig } from "./config.js";
import { type AwsSurroundings, awsSurroundings } from "./surroundings.js";

const prefix = "__meta_msk_";

export const mskProvider: Provider<AwsClusterSdConfig> = mskProviderIn(awsSurroundings);

export function mskProviderIn(around: AwsSurroundings): Provider<AwsClusterSdConfig> {
  return awsProvider<AwsClusterSdConfig>(
    {
      name: "msk",
      service: "kafka",
      async list(client, { config, region }) {
        const { clusters: arns, request_concurrency: max, port } = config;
        const clusters =
          arns.length > 0
            ? await concurrently(arns, max, async (arn) =>
                (await get(client, `/api/v2/clusters/${encodeURIComponent(arn)}`)).at("clusterInfo"),
              )
            : await all(client, "/api/v2/clusters?clusterTypeFilter=PROVISIONED&maxResults=100", "clusterInfoList");
        const lists = await concurrently(clusters, max, async (cluster) => {
          const arn = encodeURIComponent(cluster.at("clusterArn").text());
          const nodes = await all(client, `/v1/clusters/${arn}/nodes?maxResults=100`, "nodeInfoList");
          return nodes.flatMap((node) => nodeTargets(cluster, node, port));
        });
        return { source: region, targets: lists.flat(), labels: {} };
      },
    },
    around,
  );
}

async function get(client: AwsClient, path: string): Promise<Json> {
  return parseJson(await client({ method: "GET", path, body: "" }));
}

function all(client: AwsClient, path: string, field: string): Promise<Json[]> {
  return allPages(async (next) => {
    const answer = await get(client, `${path}${next === "" ? "" : `&nextToken=${encodeURIComponent(next)}`}`);
    return { items: answer.at(field).list(), next: answer.at("nextToken").text() };
  });
}

function nodeTargets(cluster: Json, node: Json, port: number): Record<string, string>[] {
  const broker = node.at("brokerNodeInfo");
  const controller = node.at("controllerNodeInfo");
  if (broker.isNull && controller.isNull) return [];
  const kind = broker.isNull ? "controller" : "broker";
  const endpoints = (broker.isNull ? controller : broker).at("endpoints").textList();
  const labels = {
    ...clusterLabels(cluster),
    ...nodeLabels(node),
    ...(broker.isNull ? {} : brokerLabels(cluster, broker)),
  };
  const tags = prefixedLabels(`${prefix}cluster_tag_`, cluster.at("tags").texts());
  return endpoints.map((endpoint, i) => ({
    __address__: joinHostPort(endpoint, port),
    ...prefixedLabels(prefix, { ...labels, node_type: kind.toUpperCase(), [`${kind}_endpoint_index`]: String(i) }),
    ...tags,
  }));
}

function clusterLabels(cluster: Json): Record<string, string> {
  const software = cluster.at("provisioned", "currentBrokerSoftwareInfo");
  return {
    cluster_name: cluster.at("clusterName").text(),
    cluster_arn: cluster.at("clusterArn").text(),
    cluster_state: cluster.at("state").text(),
    cluster_type: cluster.at("clusterType").text(),
    cluster_version: cluster.at("currentVersion").text(),
    cluster_jmx_exporter_enabled: exporterFlag(cluster, "jmxExporter"),
    cluster_configuration_arn: software.at("configurationArn").text(),
    cluster_configuration_revision: software.at("configurationRevision").print(),
    cluster_kafka_version: software.at("kafkaVersion").text(),
  };
}

function nodeLabels(node: Json): Record<string, string> {
  return {
    node_arn: node.at("nodeARN").text(),
    node_added_time: node.at("addedToClusterTime").text(),
    node_instance_type: node.at("instanceType").text(),
  };
}

function brokerLabels(cluster: Json, broker: Json): Record<string, string> {
  return {
    node_attached_eni: broker.at("attachedENIId").text(),
    broker_id: broker.at("brokerId").print(),
    broker_client_subnet: broker.at("clientSubnet").text(),
    broker_client_vpc_ip: broker.at("clientVpcIpAddress").text(),
    broker_node_exporter_enabled: exporterFlag(cluster, "nodeExporter"),
  };
}

function exporterFlag(cluster: Json, name: string): string {
  return String(cluster.at("provisioned", "openMonitoring", "prometheus", name, "enabledInBroker").flag());
}
