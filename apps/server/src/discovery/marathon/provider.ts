// marathon_sd_configs: tasks of Marathon's apps, a target for each of their ports.
// Comes from: one of the servers, another one at each failure. Goes to: discovery/manager.
import { readFileSync } from "node:fs";
import { apiUrl } from "../api-client.js";
import type { Json } from "../json.js";
import { joinHostPort, prefixedLabels } from "../label-name.js";
import type { Provider, TargetGroup } from "../provider.js";
import { apiProvider } from "../refresh.js";
import type { MarathonSdConfig } from "./config.js";

const prefix = "__meta_marathon_";

export const marathonProvider: Provider<MarathonSdConfig> = apiProvider<MarathonSdConfig>({
  name: "marathon",
  async list(config, api, signal) {
    const token = tokenOf(config);
    const headers: Record<string, string> = token === "" ? {} : { authorization: `token=${token}` };
    let failure: unknown;
    for (const server of config.servers) {
      try {
        const answer = await api.json({ url: apiUrl(server, "/v2/apps/", { embed: "apps.tasks" }), headers, signal });
        return answer.at("apps").list().map(appGroup);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  },
});

/** The file is read again each time. */
function tokenOf({ auth_token, auth_token_file }: MarathonSdConfig): string {
  return auth_token_file === "" ? (auth_token?.reveal() ?? "") : readFileSync(auth_token_file, "utf8").trim();
}

function appGroup(app: Json): TargetGroup {
  const id = app.at("id").text();
  const ports = appPorts(app);
  return {
    source: id,
    targets: app
      .at("tasks")
      .list()
      .flatMap((task) => taskTargets(task, ports)),
    labels: {
      [`${prefix}app`]: id,
      [`${prefix}image`]: app.at("container", "docker", "image").text(),
      ...prefixedLabels(`${prefix}app_label_`, app.at("labels").texts()),
    },
  };
}

type AppPorts = {
  /** Tasks have addresses of their own, where these ports are. */
  readonly isContainerNetwork: boolean;
  /** Fixed port (0: the task's own at this index), and labels. */
  readonly ports: readonly { readonly fixed: number; readonly labels: Readonly<Record<string, string>> }[];
};

function appPorts(app: Json): AppPorts {
  const isContainerNetwork = app
    .at("networks")
    .list()
    .some((network) => network.at("mode").text() === "container");
  const mappings = [
    ...app.at("container", "portMappings").list(),
    ...app.at("container", "docker", "portMappings").list(),
  ];
  if (mappings.length > 0) {
    const ports = mappings.map((mapping) => ({
      fixed: isContainerNetwork ? mapping.at("containerPort").number() : mapping.at("hostPort").number(),
      labels: prefixedLabels(`${prefix}port_mapping_label_`, mapping.at("labels").texts()),
    }));
    return { isContainerNetwork, ports };
  }
  const isRequired = app.at("requirePorts").flag();
  const ports = app
    .at("portDefinitions")
    .list()
    .map((definition) => ({
      fixed: isRequired || isContainerNetwork ? definition.at("port").number() : 0,
      labels: prefixedLabels(`${prefix}port_definition_label_`, definition.at("labels").texts()),
    }));
  return { isContainerNetwork, ports };
}

function taskTargets(task: Json, { isContainerNetwork, ports }: AppPorts): Record<string, string>[] {
  const own = task
    .at("ports")
    .list()
    .map((port) => port.number());
  const host = isContainerNetwork
    ? (task.at("ipAddresses").list()[0]?.at("ipAddress").text() ?? "")
    : task.at("host").text();
  const count = Math.max(own.length, ports.length);
  return Array.from({ length: count }, (_, i) => {
    const port = ports[i]?.fixed || own[i] || 0;
    return {
      __address__: joinHostPort(host, port),
      [`${prefix}task`]: task.at("id").text(),
      [`${prefix}port_index`]: String(i),
      ...ports[i]?.labels,
    };
  });
}
