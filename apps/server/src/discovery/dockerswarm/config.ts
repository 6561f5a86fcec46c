// dockerswarm_sd_configs: which kind of things of a swarm. Goes to: dockerswarm/provider.
import { type Decoder, d } from "@narthex/service";
import { httpSection, type SdSection } from "../../config/sd-section.js";
import { checkEngine, type EngineConfig, engineShape } from "../docker/config.js";

export const swarmRoles = ["services", "tasks", "nodes"] as const;
export type SwarmRole = (typeof swarmRoles)[number];

export type DockerSwarmSdConfig = EngineConfig & { readonly role: SwarmRole };

export const dockerswarmSd: SdSection<DockerSwarmSdConfig> = httpSection<DockerSwarmSdConfig>(
  "moby.plain",
  // Checked to be a role below, after the host.
  { ...engineShape, role: d.withDefault(d.string, "") as Decoder<SwarmRole> },
  (config, fail) => {
    checkEngine(config, fail);
    const role: string = config.role;
    if (role === "") fail("role missing (one of: tasks, services, nodes)");
    if (!swarmRoles.some((known) => known === role)) fail(`invalid role ${role}, expected tasks, services, or nodes`);
  },
);
