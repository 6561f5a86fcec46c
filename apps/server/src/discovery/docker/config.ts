// docker_sd_configs and what they share with dockerswarm_sd_configs: which engine. Goes to: docker/provider.
import { type Decoder, d, type HttpClientConfig } from "@narthex/service";
import { type Fail, httpSection, portField, refreshField, type SdSection } from "../../config/sd-section.js";

export type DockerFilter = { readonly name: string; readonly values: readonly string[] };

/** An engine, and which of its things. */
export type EngineConfig = HttpClientConfig & {
  readonly host: string;
  readonly port: number;
  readonly filters: readonly DockerFilter[];
  readonly refresh_interval: number;
};

export type DockerSdConfig = EngineConfig & {
  readonly host_networking_host: string;
  readonly match_first_network: boolean;
};

const filters: Decoder<readonly DockerFilter[]> = d.withDefault(
  d.list(
    d.object("moby.Filter", {
      name: d.withDefault(d.string, ""),
      values: d.withDefault(d.list(d.string), []),
    }),
  ),
  [],
);

export const engineShape: {
  readonly host: Decoder<string>;
  readonly port: Decoder<number>;
  readonly filters: Decoder<readonly DockerFilter[]>;
  readonly refresh_interval: Decoder<number>;
} = {
  host: d.withDefault(d.string, ""),
  port: portField(80),
  filters,
  refresh_interval: refreshField(60_000),
};

export function checkEngine({ host }: EngineConfig, fail: Fail): void {
  if (host === "") fail("host missing");
  if (!/^(unix|tcp|https?):\/\/./.test(host)) fail(`unable to parse docker host ${JSON.stringify(host)}`);
}

export const dockerSd: SdSection<DockerSdConfig> = httpSection<DockerSdConfig>(
  "moby.plain",
  {
    ...engineShape,
    host_networking_host: d.withDefault(d.string, "localhost"),
    match_first_network: d.withDefault(d.boolean, true),
  },
  checkEngine,
);
