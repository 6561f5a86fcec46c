import { afterEach, expect, test } from "vitest";
import { ApiServer } from "../testing/api.js";
import { parseSd, type RunningProvider, runProvider, targetsOf } from "../testing/world.js";
import { dockerswarmSd } from "./config.js";
import { dockerswarmProvider } from "./provider.js";

let api: ApiServer | undefined;
let running: RunningProvider | undefined;

afterEach(async () => {
  running?.stop();
  await api?.close();
});

const swarm: Readonly<Record<string, unknown>> = {
  "/nodes": [
    {
      ID: "n1",
      Spec: { Role: "manager", Availability: "active", Labels: { disk: "ssd" } },
      Description: {
        Hostname: "one",
        Platform: { Architecture: "x86_64", OS: "linux" },
        Engine: { EngineVersion: "24.0" },
      },
      Status: { State: "ready", Addr: "192.0.2.1" },
      ManagerStatus: { Leader: true, Reachability: "reachable", Addr: "192.0.2.1:2377" },
    },
  ],
  "/networks": [{ Id: "net", Name: "front", Scope: "swarm", Internal: false, Ingress: true, Labels: { a: "b" } }],
  "/services": [
    {
      ID: "s1",
      Spec: {
        Name: "web",
        Labels: { team: "x" },
        Mode: { Replicated: { Replicas: 2 } },
        TaskTemplate: { ContainerSpec: { Image: "web:1", Hostname: "web" } },
      },
      Endpoint: {
        Ports: [
          { Name: "http", Protocol: "tcp", PublishedPort: 8080, PublishMode: "ingress" },
          { Protocol: "udp", PublishedPort: 53 },
        ],
        VirtualIPs: [{ NetworkID: "net", Addr: "10.0.0.5/24" }],
      },
      UpdateStatus: { State: "completed" },
    },
    { ID: "s2", Spec: { Name: "plain", Mode: { Global: {} } }, Endpoint: { VirtualIPs: [{ Addr: "10.0.0.6/24" }] } },
  ],
  "/tasks": [
    {
      ID: "t1",
      ServiceID: "s1",
      NodeID: "n1",
      Slot: 2,
      DesiredState: "running",
      Spec: { ContainerSpec: { Labels: { tier: "1" } } },
      Status: {
        State: "running",
        ContainerStatus: { ContainerID: "c1" },
        PortStatus: { Ports: [{ Protocol: "tcp", PublishedPort: 9000, PublishMode: "host" }] },
      },
      NetworksAttachments: [{ Network: { ID: "net" }, Addresses: ["10.0.0.9/24"] }],
    },
  ],
};

async function list(fields: string): Promise<Record<string, string>[]> {
  api = await ApiServer.open(({ path }) => swarm[path]);
  running = runProvider(dockerswarmProvider, dockerswarmSd, `{ host: "${api.url}", ${fields} }`);
  const targets = targetsOf(await running.next());
  return targets.map((labels) =>
    Object.fromEntries(Object.entries(labels).map(([name, value]) => [name.replace("__meta_dockerswarm_", ""), value])),
  );
}

const nodeLabels = {
  node_id: "n1",
  node_role: "manager",
  node_availability: "active",
  node_hostname: "one",
  node_platform_architecture: "x86_64",
  node_platform_os: "linux",
  node_engine_version: "24.0",
  node_status: "ready",
  node_address: "192.0.2.1",
  node_label_disk: "ssd",
  node_manager_leader: "true",
  node_manager_reachability: "reachable",
  node_manager_address: "192.0.2.1:2377",
};
const networkLabels = {
  network_id: "net",
  network_name: "front",
  network_scope: "swarm",
  network_internal: "false",
  network_ingress: "true",
  network_label_a: "b",
};
const serviceLabels = { service_id: "s1", service_name: "web", service_mode: "replicated", service_label_team: "x" };
const taskLabels = {
  task_id: "t1",
  task_container_id: "c1",
  task_desired_state: "running",
  task_state: "running",
  task_slot: "2",
  container_label_tier: "1",
  ...serviceLabels,
  ...nodeLabels,
};

test("nodes", async () => {
  expect(await list("role: nodes, port: 9323")).toEqual([{ __address__: "192.0.2.1:9323", ...nodeLabels }]);
});

test("services, by their ports and by the config's where they have none", async () => {
  expect(await list("role: services")).toEqual([
    {
      __address__: "10.0.0.5:8080",
      ...serviceLabels,
      service_endpoint_port_name: "http",
      service_endpoint_port_publish_mode: "ingress",
      service_task_container_hostname: "web",
      service_task_container_image: "web:1",
      service_updating_status: "completed",
      ...networkLabels,
    },
    { __address__: "10.0.0.6:80", service_id: "s2", service_name: "plain", service_mode: "global" },
  ]);
});

test("tasks, on their node and in their networks", async () => {
  expect(await list("role: tasks")).toEqual([
    { __address__: "192.0.2.1:9000", ...taskLabels, task_port_publish_mode: "host" },
    { __address__: "10.0.0.9:8080", ...taskLabels, task_port_publish_mode: "ingress", ...networkLabels },
  ]);
});

const mistakes: [yaml: string, text: string][] = [
  ["{ role: nodes }", "host missing"],
  ["{ host: 'tcp://a' }", "role missing (one of: tasks, services, nodes)"],
  ["{ host: 'tcp://a', role: x }", "invalid role x, expected tasks, services, or nodes"],
];

test.each(mistakes)("%s is refused", (yaml, text) => {
  expect(() => parseSd(dockerswarmSd, yaml)).toThrow(text);
});
