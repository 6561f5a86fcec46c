// MSK, RDS, ElastiCache, and the list that is any of AWS' services by its role.
import { expect, test } from "vitest";
import type { Provider } from "../provider.js";
import { type Asked, Reply } from "../testing/api.js";
import { type Listed, listOnce } from "../testing/listing.js";
import { awsSd, elasticacheSd, mskSd, rdsSd } from "./config.js";
import { elasticacheProviderIn } from "./elasticache.js";
import { mskProviderIn } from "./msk.js";
import { rdsProviderIn } from "./rds.js";
import { awsRoleProvider } from "./role.js";

const nowhere = { environment: {}, metadataUrl: "http://127.0.0.1:1" };
const keys = "region: eu-west-1, access_key: AKID, secret_key: s";
const yaml =
  (more = "port: 9100") =>
  (url: string): string =>
    `{ ${keys}, endpoint: "${url}", ${more} }`;

const kafkaCluster = {
  clusterArn: "arn:aws:kafka:eu-west-1:1:cluster/k/1",
  clusterName: "k",
  state: "ACTIVE",
  clusterType: "PROVISIONED",
  currentVersion: "K3",
  tags: { env: "prod" },
  provisioned: {
    currentBrokerSoftwareInfo: { configurationArn: "conf", configurationRevision: 2, kafkaVersion: "3.6.0" },
    openMonitoring: { prometheus: { jmxExporter: { enabledInBroker: true } } },
  },
};
const broker = {
  nodeARN: "node-1",
  addedToClusterTime: "2024-01-01T00:00:00Z",
  instanceType: "m5.large",
  brokerNodeInfo: {
    attachedENIId: "eni-1",
    brokerId: 1,
    clientSubnet: "subnet-1",
    clientVpcIpAddress: "10.0.0.1",
    endpoints: ["b-1.k"],
  },
};

test("MSK's brokers and controllers are targets at each of their endpoints", async () => {
  const nodes = [broker, { nodeARN: "node-2", controllerNodeInfo: { endpoints: ["c-1.k", "c-2.k"] } }, {}];
  const { targets, asked, paths } = await listOnce(
    {
      provider: () => mskProviderIn(nowhere),
      section: mskSd,
      yaml: yaml(),
      answers: ({ path, query }) => {
        if (!path.endsWith("/nodes")) return { clusterInfoList: [kafkaCluster] };
        return query.get("nextToken") ? { nodeInfoList: nodes.slice(1) } : { nodeInfoList: [broker], nextToken: "n=" };
      },
    },
    "__meta_msk_",
  );
  const common = {
    cluster_arn: kafkaCluster.clusterArn,
    cluster_configuration_arn: "conf",
    cluster_configuration_revision: "2",
    cluster_jmx_exporter_enabled: "true",
    cluster_kafka_version: "3.6.0",
    cluster_name: "k",
    cluster_state: "ACTIVE",
    cluster_tag_env: "prod",
    cluster_type: "PROVISIONED",
    cluster_version: "K3",
  };
  const controller = { ...common, node_arn: "node-2", node_type: "CONTROLLER" };
  expect(targets).toEqual([
    {
      ...common,
      __address__: "b-1.k:9100",
      broker_client_subnet: "subnet-1",
      broker_client_vpc_ip: "10.0.0.1",
      broker_endpoint_index: "0",
      broker_id: "1",
      broker_node_exporter_enabled: "false",
      node_added_time: "2024-01-01T00:00:00Z",
      node_arn: "node-1",
      node_attached_eni: "eni-1",
      node_instance_type: "m5.large",
      node_type: "BROKER",
    },
    { ...controller, __address__: "c-1.k:9100", controller_endpoint_index: "0" },
    { ...controller, __address__: "c-2.k:9100", controller_endpoint_index: "1" },
  ]);
  expect(paths[0]).toBe("/api/v2/clusters?clusterTypeFilter=PROVISIONED&maxResults=100");
  expect(asked[1]?.path).toBe(`/v1/clusters/${encodeURIComponent(kafkaCluster.clusterArn)}/nodes`);
  expect(asked[1]?.headers.authorization).toContain("/eu-west-1/kafka/aws4_request");
});

const dbCluster = `<DBCluster><DBClusterArn>arn:c</DBClusterArn><DBClusterIdentifier>c</DBClusterIdentifier>
  <Engine>aurora-mysql</Engine><MultiAZ>true</MultiAZ><ClusterCreateTime>2024-01-02T03:04:05.678Z</ClusterCreateTime>
  <DBClusterMembers><DBClusterMember><DBInstanceIdentifier>one</DBInstanceIdentifier><IsClusterWriter>true</IsClusterWriter>
  </DBClusterMember></DBClusterMembers><TagList><Tag><Key>team:name</Key><Value>a</Value></Tag></TagList></DBCluster>`;
const dbInstance = (id: string, endpoint: string): string =>
  `<DBInstance><DBInstanceIdentifier>${id}</DBInstanceIdentifier><DBInstanceClass>db.r6g</DBInstanceClass>
  ${endpoint}<DBSubnetGroup><DBSubnetGroupName>g</DBSubnetGroupName></DBSubnetGroup></DBInstance>`;

function rdsAnswer({ body }: Asked): string {
  const result = (action: string, list: string): string =>
    `<${action}Response><${action}Result>${list}</${action}Result></${action}Response>`;
  if (body.includes("DescribeDBClusters")) {
    return result("DescribeDBClusters", `<DBClusters>${dbCluster}</DBClusters>`);
  }
  const isFirst = !body.includes("Marker");
  const endpoint = "<Endpoint><Address>one.db</Address><Port>3306</Port></Endpoint>";
  const list = isFirst ? dbInstance("one", endpoint) : dbInstance("two", "");
  return result("DescribeDBInstances", `<DBInstances>${list}</DBInstances>${isFirst ? "<Marker>m</Marker>" : ""}`);
}

const rdsCommon = {
  cluster_arn: "arn:c",
  cluster_cluster_create_time: "2024-01-02T03:04:05Z",
  cluster_engine: "aurora-mysql",
  cluster_identifier: "c",
  cluster_multi_az: "true",
  cluster_tag_team_name: "a",
  instance_class: "db.r6g",
  instance_subnet_group: "g",
};

test("RDS' instances of clusters are targets", async () => {
  const { targets, asked } = await listOnce(
    {
      provider: () => rdsProviderIn(nowhere),
      section: rdsSd,
      yaml: yaml("port: 9104, filters: [{ name: engine, values: [aurora-mysql] }]"),
      answers: (one) => new Reply(200, rdsAnswer(one)),
    },
    "__meta_rds_",
  );
  expect(targets).toEqual([
    {
      ...rdsCommon,
      __address__: "one.db:9104",
      instance_endpoint_address: "one.db",
      instance_endpoint_port: "3306",
      instance_identifier: "one",
      instance_is_cluster_writer: "true",
    },
    { ...rdsCommon, instance_identifier: "two" },
  ]);
  expect(Object.fromEntries(new URLSearchParams(asked[1]?.body))).toEqual({
    Action: "DescribeDBInstances",
    Version: "2014-10-31",
    MaxRecords: "100",
    "Filters.Filter.1.Name": "db-cluster-id",
    "Filters.Filter.1.Values.Value.1": "arn:c",
    "Filters.Filter.2.Name": "engine",
    "Filters.Filter.2.Values.Value.1": "aurora-mysql",
  });
});

test("aws_sd_configs is the service of its role", async () => {
  const { targets } = await listOnce(
    {
      provider: () => awsRoleProvider as Provider<never>,
      section: awsSd as never,
      yaml: yaml("role: rds, clusters: [c]"),
      answers: (one) => new Reply(200, rdsAnswer(one)),
    },
    "__meta_rds_",
  );
  expect(targets[0]).toMatchObject({ __address__: "one.db:80", instance_identifier: "one" });
});

const serverless = `<member><ARN>arn:s</ARN><ServerlessCacheName>s</ServerlessCacheName><Engine>valkey</Engine>
  <Endpoint><Address>s.cache</Address><Port>6379</Port></Endpoint><SecurityGroupIds><SecurityGroupId>sg-1</SecurityGroupId>
  <SecurityGroupId>sg-2</SecurityGroupId></SecurityGroupIds><CacheUsageLimits><DataStorage><Maximum>10</Maximum><Unit>GB</Unit>
  </DataStorage></CacheUsageLimits></member>`;
const cacheCluster = `<CacheCluster><ARN>arn:c</ARN><CacheClusterId>c</CacheClusterId><Engine>redis</Engine>
  <CacheParameterGroup><CacheParameterGroupName>p</CacheParameterGroupName></CacheParameterGroup>
  <PendingModifiedValues><CacheNodeIdsToRemove><CacheNodeId>1</CacheNodeId><CacheNodeId>2</CacheNodeId></CacheNodeIdsToRemove>
  </PendingModifiedValues><CacheNodes><CacheNode><CacheNodeId>0001</CacheNodeId><Endpoint><Address>c.cache</Address>
  <Port>6380</Port></Endpoint></CacheNode></CacheNodes></CacheCluster>`;

function cacheAnswer({ body }: Asked): Reply {
  const parameters = new URLSearchParams(body);
  const action = parameters.get("Action") ?? "";
  const lists: Record<string, string> = {
    DescribeServerlessCaches: `<ServerlessCaches>${serverless}</ServerlessCaches>`,
    DescribeCacheClusters: `<CacheClusters>${cacheCluster}</CacheClusters>`,
    ListTagsForResource: `<TagList><Tag><Key>of</Key><Value>${parameters.get("ResourceName")}</Value></Tag></TagList>`,
  };
  return new Reply(200, `<${action}Response><${action}Result>${lists[action]}</${action}Result></${action}Response>`);
}

function listCaches(more?: string): Promise<Listed> {
  const provider = (): ReturnType<typeof elasticacheProviderIn> => elasticacheProviderIn(nowhere);
  const list = { provider, section: elasticacheSd, yaml: yaml(more), answers: cacheAnswer };
  return listOnce(list, "__meta_elasticache_");
}

test("ElastiCache's serverless caches and clusters are targets at their own endpoints", async () => {
  const { targets } = await listCaches();
  expect(targets).toEqual([
    {
      __address__: "s.cache:6379",
      serverless_cache_arn: "arn:s",
      serverless_cache_cache_usage_limit_data_storage_maximum: "10",
      serverless_cache_cache_usage_limit_data_storage_unit: "GB",
      serverless_cache_endpoint_address: "s.cache",
      serverless_cache_endpoint_port: "6379",
      serverless_cache_engine: "valkey",
      serverless_cache_name: "s",
      serverless_cache_security_group_id_0: "sg-1",
      serverless_cache_security_group_id_1: "sg-2",
      serverless_cache_tag_of: "arn:s",
      type: "serverless_cache",
    },
    {
      __address__: "c.cache:6380",
      cache_cluster_arn: "arn:c",
      cache_cluster_cache_cluster_id: "c",
      cache_cluster_cache_parameter_group: "p",
      cache_cluster_engine: "redis",
      cache_cluster_pending_modified_values_cache_node_ids_to_remove: "1,2",
      cache_cluster_tag_of: "arn:c",
      cache_node_endpoint_address_0: "c.cache",
      cache_node_endpoint_port_0: "6380",
      cache_node_id_0: "0001",
      type: "cache_cluster",
    },
  ]);
});

test("ElastiCache is asked for the clusters that the config names", async () => {
  const arn = "arn:aws:elasticache:eu-west-1:1:serverlesscache:s";
  const { asked, targets } = await listCaches(`clusters: ["${arn}"]`);
  expect(targets).toHaveLength(1);
  const named = "Action=DescribeServerlessCaches&Version=2015-02-02&ServerlessCacheName=s";
  expect(asked.map(({ body }) => body)).toEqual([named, expect.stringContaining("ListTagsForResource")]);
});
