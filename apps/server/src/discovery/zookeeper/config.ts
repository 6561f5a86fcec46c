// serverset_sd_configs and nerve_sd_configs: which trees of a ZooKeeper ensemble. Goes to: zookeeper/provider.
import { d } from "@narthex/service";
import { type SdSection, textsField } from "../../config/sd-section.js";

export type ZookeeperSdConfig = {
  /** host or host:port. */
  readonly servers: readonly string[];
  readonly paths: readonly string[];
  /** Of the session. */
  readonly timeout: number;
};

export const serversetSd: SdSection<ZookeeperSdConfig> = zookeeperSection("serverset");
export const nerveSd: SdSection<ZookeeperSdConfig> = zookeeperSection("nerve");

function zookeeperSection(kind: string): SdSection<ZookeeperSdConfig> {
  const shape = { servers: textsField, paths: textsField, timeout: d.withDefault(d.duration, 10_000) };
  return {
    decoder: d.refine(d.object("zookeeper.plain", shape), (config, fail) => {
      const contain = `${kind} SD config must contain at least one`;
      if (config.servers.length === 0) fail(`${contain} Zookeeper server`);
      if (config.paths.length === 0) fail(`${contain} path`);
      for (const path of config.paths) {
        if (!path.startsWith("/")) fail(`${kind} SD config paths must begin with '/': ${path}`);
      }
      return config;
    }),
    withPaths: (config) => config,
  };
}
