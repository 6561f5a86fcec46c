// consul_sd_configs: which services of a Consul catalog. Goes to: consul/provider.
import {
  checkHttpClient,
  d,
  type HttpClientConfig,
  httpClientShape,
  resolveHttpClientPaths,
  type Secret,
} from "@narthex/service";
import { type Fail, refreshField, type SdSection } from "../../config/sd-section.js";
import type { ShapeOf } from "../../config/shape.js";

export type ConsulSdConfig = HttpClientConfig & {
  readonly server: string;
  readonly path_prefix: string;
  readonly token: Secret | undefined;
  readonly datacenter: string;
  readonly namespace: string;
  readonly partition: string;
  readonly tag_separator: string;
  readonly scheme: string;
  readonly username: string;
  readonly password: Secret | undefined;
  readonly allow_stale: boolean;
  readonly refresh_interval: number;
  readonly services: readonly string[];
  readonly tags: readonly string[];
  readonly node_meta: Readonly<Record<string, string>>;
  /** Of the catalog's services. */
  readonly filter: string;
  /** Of the instances of each service. */
  readonly health_filter: string;
};

const shape: ShapeOf<ConsulSdConfig> = {
  server: d.withDefault(d.string, "localhost:8500"),
  path_prefix: d.withDefault(d.string, ""),
  token: d.optional(d.secret),
  datacenter: d.withDefault(d.string, ""),
  namespace: d.withDefault(d.string, ""),
  partition: d.withDefault(d.string, ""),
  tag_separator: d.withDefault(d.string, ","),
  scheme: d.withDefault(d.string, "http"),
  username: d.withDefault(d.string, ""),
  password: d.optional(d.secret),
  allow_stale: d.withDefault(d.boolean, true),
  refresh_interval: refreshField(30_000),
  services: d.withDefault(d.list(d.string), []),
  tags: d.withDefault(d.list(d.string), []),
  node_meta: d.withDefault(d.map(d.string), {}),
  filter: d.withDefault(d.string, ""),
  health_filter: d.withDefault(d.string, ""),
  ...httpClientShape,
};

export const consulSd: SdSection<ConsulSdConfig> = {
  decoder: d.refine(d.object("consul.plain", shape), (config, fail) =>
    checkHttpClient(withBasicAuth(checkConsul(config, fail), fail), fail),
  ),
  withPaths: resolveHttpClientPaths,
};

function checkConsul(config: ConsulSdConfig, fail: Fail): ConsulSdConfig {
  if (config.server.trim() === "") fail("consul SD configuration requires a server address");
  const hasToken = config.token !== undefined && config.token.reveal() !== "";
  if (hasToken && (config.authorization || config.oauth2)) {
    fail("at most one of consul SD token, authorization, oauth2 can be configured");
  }
  return config;
}

/** The older username and password are basic_auth by another name. */
function withBasicAuth(config: ConsulSdConfig, fail: Fail): ConsulSdConfig {
  const { username, password } = config;
  if (username === "" && !password) return config;
  if (config.basic_auth) {
    fail("at most one of consul SD configuration username and password and basic auth can be configured");
  }
  const basic_auth = { username, password, username_file: undefined, password_file: undefined };
  return { ...config, basic_auth };
}
