// dockerswarm_sd_configs: services, tasks or nodes of a swarm, as its manager tells.
// Comes from: docker/engine. Goes to: discovery/manager.
import { type Engine, engineOf } from "../docker/engine.js";
import type { Provider } from "../provider.js";
import { apiProvider } from "../refresh.js";
import type { DockerSwarmSdConfig, SwarmRole } from "./config.js";
import { nodeTargets } from "./nodes.js";
import { serviceTargets } from "./services.js";
import { taskTargets } from "./tasks.js";

type ListTargets = (engine: Engine, config: DockerSwarmSdConfig) => Promise<Record<string, string>[]>;

const roles: Readonly<Record<SwarmRole, ListTargets>> = {
  services: serviceTargets,
  tasks: taskTargets,
  nodes: nodeTargets,
};

export const dockerswarmProvider: Provider<DockerSwarmSdConfig> = apiProvider<DockerSwarmSdConfig>({
  name: "dockerswarm",
  async list(config, api, signal) {
    const targets = await roles[config.role](engineOf(config, api, signal), config);
    return [{ source: "DockerSwarm", targets, labels: {} }];
  },
});
