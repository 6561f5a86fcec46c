// Which elements of ElastiCache's answers make which labels
// (docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CacheCluster.html, API_ServerlessCache.html).
// Goes to: aws/elasticache.
import type { LabelPath } from "./labels.js";

export const clusterPaths: readonly LabelPath[] = [
  ["arn", "ARN"],
  ["at_rest_encryption_enabled", "AtRestEncryptionEnabled"],
  ["auth_token_enabled", "AuthTokenEnabled"],
  ["auth_token_last_modified", "AuthTokenLastModifiedDate"],
  ["auto_minor_version_upgrade", "AutoMinorVersionUpgrade"],
  ["cache_cluster_create_time", "CacheClusterCreateTime"],
  ["cache_cluster_id", "CacheClusterId"],
  ["cache_cluster_status", "CacheClusterStatus"],
  ["cache_node_type", "CacheNodeType"],
  ["cache_parameter_group", "CacheParameterGroup", "CacheParameterGroupName"],
  ["cache_subnet_group_name", "CacheSubnetGroupName"],
  ["client_download_landing_page", "ClientDownloadLandingPage"],
  ["configuration_endpoint_address", "ConfigurationEndpoint", "Address"],
  ["configuration_endpoint_port", "ConfigurationEndpoint", "Port"],
  ["engine", "Engine"],
  ["engine_version", "EngineVersion"],
  ["ip_discovery", "IpDiscovery"],
  ["network_type", "NetworkType"],
  ["notification_topic_arn", "NotificationConfiguration", "TopicArn"],
  ["notification_topic_status", "NotificationConfiguration", "TopicStatus"],
  ["num_cache_nodes", "NumCacheNodes"],
  ["pending_modified_values_auth_token_status", "PendingModifiedValues", "AuthTokenStatus"],
  ["pending_modified_values_cache_node_type", "PendingModifiedValues", "CacheNodeType"],
  ["pending_modified_values_engine_version", "PendingModifiedValues", "EngineVersion"],
  ["pending_modified_values_num_cache_nodes", "PendingModifiedValues", "NumCacheNodes"],
  ["pending_modified_values_transit_encryption_enabled", "PendingModifiedValues", "TransitEncryptionEnabled"],
  ["pending_modified_values_transit_encryption_mode", "PendingModifiedValues", "TransitEncryptionMode"],
  ["preferred_availability_zone", "PreferredAvailabilityZone"],
  ["preferred_maintenance_window", "PreferredMaintenanceWindow"],
  ["preferred_outpost_arn", "PreferredOutpostArn"],
  ["replication_group_id", "ReplicationGroupId"],
  ["replication_group_log_delivery_enabled", "ReplicationGroupLogDeliveryEnabled"],
  ["snapshot_retention_limit", "SnapshotRetentionLimit"],
  ["snapshot_window", "SnapshotWindow"],
  ["transit_encryption_enabled", "TransitEncryptionEnabled"],
  ["transit_encryption_mode", "TransitEncryptionMode"],
];

export const logDeliveryPaths: readonly LabelPath[] = [
  ["destination_type", "DestinationType"],
  ["log_format", "LogFormat"],
  ["log_type", "LogType"],
  ["status", "Status"],
  ["message", "Message"],
  ["log_group", "DestinationDetails", "CloudWatchLogsDetails", "LogGroup"],
  ["delivery_stream", "DestinationDetails", "KinesisFirehoseDetails", "DeliveryStream"],
];

export const securityGroupPaths: readonly LabelPath[] = [
  ["id", "SecurityGroupId"],
  ["status", "Status"],
];

export const nodePaths: readonly LabelPath[] = [
  ["id", "CacheNodeId"],
  ["status", "CacheNodeStatus"],
  ["create_time", "CacheNodeCreateTime"],
  ["availability_zone", "CustomerAvailabilityZone"],
  ["customer_outpost_arn", "CustomerOutpostArn"],
  ["source_cache_node_id", "SourceCacheNodeId"],
  ["parameter_group_status", "ParameterGroupStatus"],
  ["endpoint_address", "Endpoint", "Address"],
  ["endpoint_port", "Endpoint", "Port"],
];

export const serverlessPaths: readonly LabelPath[] = [
  ["arn", "ARN"],
  ["name", "ServerlessCacheName"],
  ["create_time", "CreateTime"],
  ["description", "Description"],
  ["engine", "Engine"],
  ["full_engine_version", "FullEngineVersion"],
  ["major_engine_version", "MajorEngineVersion"],
  ["status", "Status"],
  ["kms_key_id", "KmsKeyId"],
  ["user_group_id", "UserGroupId"],
  ["daily_snapshot_time", "DailySnapshotTime"],
  ["snapshot_retention_limit", "SnapshotRetentionLimit"],
  ["endpoint_address", "Endpoint", "Address"],
  ["endpoint_port", "Endpoint", "Port"],
  ["endpoint_reader_address", "ReaderEndpoint", "Address"],
  ["endpoint_reader_port", "ReaderEndpoint", "Port"],
  ["cache_usage_limit_data_storage_maximum", "CacheUsageLimits", "DataStorage", "Maximum"],
  ["cache_usage_limit_data_storage_minimum", "CacheUsageLimits", "DataStorage", "Minimum"],
  ["cache_usage_limit_data_storage_unit", "CacheUsageLimits", "DataStorage", "Unit"],
  ["cache_usage_limit_ecpu_per_second_maximum", "CacheUsageLimits", "ECPUPerSecond", "Maximum"],
  ["cache_usage_limit_ecpu_per_second_minimum", "CacheUsageLimits", "ECPUPerSecond", "Minimum"],
];
