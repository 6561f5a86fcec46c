// remote_write: where samples are sent on to. Goes to: remote/send.
import { quote } from "@narthex/model";
import {
  checkHttpClient,
  type Decoder,
  d,
  type HttpClientConfig,
  httpClientShape,
  parseYamlFile,
} from "@narthex/service";
import { type AzureAdConfig, azuread, type GoogleIamConfig, googleIam, type Sigv4Config, sigv4 } from "./cloud-auth.js";
import { type Headers, remoteHeaders } from "./headers.js";
import { checkRelabelConfigs, type RelabelConfig, relabelConfigs } from "./relabel.js";
import { type Located, located, nonNull, type ShapeOf } from "./shape.js";
import { url } from "./url.js";

/** Durations in ms. */
export type QueueConfig = {
  readonly capacity: number;
  readonly max_shards: number;
  readonly min_shards: number;
  readonly max_samples_per_send: number;
  readonly batch_send_deadline: number;
  readonly min_backoff: number;
  readonly max_backoff: number;
  readonly retry_on_http_429: boolean;
  readonly sample_age_limit: number;
};

export type MetadataConfig = {
  readonly send: boolean;
  readonly send_interval: number;
  readonly max_samples_per_send: number;
};

type Taken = {
  readonly url: string;
  readonly remote_timeout: number;
  readonly headers: Headers;
  readonly name: string;
  readonly send_exemplars: boolean;
  readonly send_native_histograms: boolean;
  readonly round_robin_dns: boolean;
  readonly protobuf_message: string;
  readonly failed_request_logging: boolean;
  readonly queue_config: QueueConfig;
  readonly metadata_config: MetadataConfig;
  readonly sigv4: Sigv4Config | undefined;
  readonly azuread: AzureAdConfig | undefined;
  readonly google_iam: GoogleIamConfig | undefined;
} & HttpClientConfig;

export type RemoteWriteConfig = Taken & { readonly write_relabel_configs: readonly RelabelConfig[] };

/** As decoded, before completion. */
export type RawRemoteWriteConfig = Taken & { readonly write_relabel_configs: readonly Located<RelabelConfig>[] };

const queueShape: ShapeOf<QueueConfig> = {
  capacity: d.withDefault(d.integer, 10_000),
  max_shards: d.withDefault(d.integer, 50),
  min_shards: d.withDefault(d.integer, 1),
  max_samples_per_send: d.withDefault(d.integer, 2000),
  batch_send_deadline: d.withDefault(d.duration, 5000),
  min_backoff: d.withDefault(d.duration, 30),
  max_backoff: d.withDefault(d.duration, 5000),
  retry_on_http_429: d.withDefault(d.boolean, false),
  sample_age_limit: d.withDefault(d.duration, 0),
};

const positive = ["max_samples_per_send", "capacity", "max_shards", "min_shards"] as const;

const queue: Decoder<QueueConfig> = d.refine(d.object("config.QueueConfig", queueShape), (config, fail) => {
  const low = positive.find((name) => config[name] <= 0);
  if (low !== undefined) fail(`remote write queue ${low} must be positive`);
  if (config.min_shards > config.max_shards) {
    fail("remote write queue min_shards must not be greater than max_shards");
  }
  if (config.max_backoff < config.min_backoff) {
    fail("remote write queue max_backoff must not be less than min_backoff");
  }
  return config;
});

const metadataShape: ShapeOf<MetadataConfig> = {
  send: d.withDefault(d.boolean, true),
  send_interval: d.withDefault(d.duration, 60_000),
  max_samples_per_send: d.withDefault(d.integer, 2000),
};

const metadata: Decoder<MetadataConfig> = d.object("config.MetadataConfig", metadataShape);

export const remoteWriteMessages: readonly string[] = ["prometheus.WriteRequest", "io.prometheus.write.v2.Request"];

const protobufMessage: Decoder<string> = d.refine(d.string, (name, fail) => {
  if (remoteWriteMessages.includes(name)) return name;
  const mistake = `unknown type for remote write protobuf message ${name}, supported: ${remoteWriteMessages.join(", ")}`;
  return fail(`invalid protobuf_message value: ${mistake}`);
});

const shape: ShapeOf<RawRemoteWriteConfig> = {
  url: d.withDefault(url, ""),
  remote_timeout: d.withDefault(d.duration, 30_000),
  headers: d.withDefault(remoteHeaders, {}),
  name: d.withDefault(d.string, ""),
  send_exemplars: d.withDefault(d.boolean, false),
  send_native_histograms: d.withDefault(d.boolean, false),
  round_robin_dns: d.withDefault(d.boolean, false),
  protobuf_message: d.withDefault(protobufMessage, "prometheus.WriteRequest"),
  failed_request_logging: d.withDefault(d.boolean, false),
  queue_config: d.withDefault(queue, parseYamlFile("queue_config", "{}", queue)),
  metadata_config: d.withDefault(metadata, parseYamlFile("metadata_config", "{}", metadata)),
  sigv4: d.optional(sigv4),
  azuread: d.optional(azuread),
  google_iam: d.optional(googleIam),
  ...httpClientShape,
  enable_http2: d.withDefault(d.boolean, false),
  write_relabel_configs: relabelConfigs("relabeling rule in remote write config"),
};

const identities = ["basic_auth", "authorization", "oauth2", "sigv4", "azuread", "google_iam"] as const;

export const remoteWriteConfigs: Decoder<readonly Located<RawRemoteWriteConfig>[]> = d.list(
  located(
    nonNull(
      d.refine(d.object("config.RemoteWriteConfig", shape), (config, fail) => {
        if (config.url === "") fail("url for remote_write is empty");
        checkHttpClient(config, fail);
        const set = identities.filter((name) => config[name] !== undefined);
        if (set.length > 1) {
          fail(`at most one of ${identities.slice(0, -1).join(", ")} or google_iam must be configured`);
        }
        return config;
      }),
      "empty or null remote write config section",
    ),
  ),
);

export function completeRemoteWrites(raw: readonly Located<RawRemoteWriteConfig>[]): RemoteWriteConfig[] {
  checkNames(raw, "remote write");
  return raw.map(({ value }) => ({
    ...value,
    write_relabel_configs: checkRelabelConfigs(value.write_relabel_configs, "utf8"),
  }));
}

/** Names are optional, and unique. */
export function checkNames(configs: readonly Located<{ readonly name: string }>[], kind: string): void {
  const names = new Set<string>();
  for (const { value, fail } of configs) {
    if (names.has(value.name)) fail(`found multiple ${kind} configs with job name ${quote(value.name)}`);
    if (value.name !== "") names.add(value.name);
  }
}
