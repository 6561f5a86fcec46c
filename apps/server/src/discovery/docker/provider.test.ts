import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { ApiServer } from "../testing/api.js";
import { parseSd, type RunningProvider, runProvider, targetsOf } from "../testing/world.js";
import { dockerSd } from "./config.js";
import { dockerProvider } from "./provider.js";

let api: ApiServer | undefined;
let running: RunningProvider | undefined;

afterEach(async () => {
  running?.stop();
  await api?.close();
});

const networks = [
  { Id: "net-a", Name: "back", Scope: "local", Internal: true, Ingress: false, Labels: { "com.team": "x" } },
  { Id: "net-b", Name: "front", Scope: "local", Internal: false, Ingress: false },
];
const backLabels = {
  __meta_docker_network_id: "net-a",
  __meta_docker_network_name: "back",
  __meta_docker_network_scope: "local",
  __meta_docker_network_internal: "true",
  __meta_docker_network_ingress: "false",
  __meta_docker_network_label_com_team: "x",
};
const web = {
  Id: "c1",
  Names: ["/web"],
  Image: "web:1",
  ImageID: "sha256:1",
  Labels: { "com.docker/compose": "shop" },
  HostConfig: { NetworkMode: "back" },
  NetworkSettings: {
    Networks: {
      front: { NetworkID: "net-b", IPAddress: "172.19.0.2" },
      back: { NetworkID: "net-a", IPAddress: "172.18.0.2" },
    },
  },
  Ports: [
    { PrivatePort: 80, PublicPort: 8080, IP: "0.0.0.0", Type: "tcp" },
    { PrivatePort: 53, Type: "udp" },
  ],
};
const webLabels = {
  __meta_docker_container_id: "c1",
  __meta_docker_container_name: "/web",
  __meta_docker_container_image: "web:1",
  __meta_docker_container_image_id: "sha256:1",
  __meta_docker_container_label_com_docker_compose: "shop",
  __meta_docker_container_network_mode: "back",
};

async function list(containers: unknown[], fields = "", socket?: string): Promise<Record<string, string>[]> {
  api = await ApiServer.open(({ path }) => (path === "/networks" ? networks : containers), socket);
  const host = socket === undefined ? `tcp://${api.host}` : `unix://${socket}`;
  running = runProvider(dockerProvider, dockerSd, `{ host: "${host}"${fields} }`);
  return targetsOf(await running.next());
}

test("a container's TCP ports are targets in its first network by name", async () => {
  expect(await list([web])).toEqual([
    {
      __address__: "172.18.0.2:80",
      ...webLabels,
      ...backLabels,
      __meta_docker_network_ip: "172.18.0.2",
      __meta_docker_port_private: "80",
      __meta_docker_port_public: "8080",
      __meta_docker_port_public_ip: "0.0.0.0",
    },
  ]);
});

const addresses: [title: string, containers: unknown[], fields: string, expected: string[]][] = [
  ["all networks where asked", [web], ", match_first_network: false", ["172.18.0.2:80", "172.19.0.2:80"]],
  ["the port of the config where a container has none", [{ ...web, Ports: [] }], ", port: 9100", ["172.18.0.2:9100"]],
  [
    "the host's name for a container in the host's network",
    [{ ...web, Ports: [], HostConfig: { NetworkMode: "host" } }],
    ", host_networking_host: docker.local",
    ["docker.local"],
  ],
  [
    "ports and networks of the container whose network is shared",
    [web, { ...web, Id: "c2", Ports: [], NetworkSettings: {}, HostConfig: { NetworkMode: "container:c1" } }],
    "",
    ["172.18.0.2:80", "172.18.0.2:80"],
  ],
  [
    "no target where the shared network's container is gone",
    [{ ...web, NetworkSettings: {}, HostConfig: { NetworkMode: "container:gone" } }],
    "",
    [],
  ],
];

test.each(addresses)("%s", async (_, containers, fields, expected) => {
  expect((await list(containers, fields)).map((target) => target["__address__"])).toEqual(expected);
});

test("the engine is asked over its unix socket, with the filters", async () => {
  const socket = join(mkdtempSync(join(tmpdir(), "docker-")), "docker.sock");
  await list([], ", filters: [{ name: label, values: [a, b] }, { name: status, values: [running] }]", socket);
  expect(api?.paths).toEqual(['/containers/json?filters={"label":["a","b"],"status":["running"]}', "/networks"]);
});

const mistakes: [yaml: string, text: string][] = [
  ["{}", "host missing"],
  ["{ host: 'a b' }", 'unable to parse docker host "a b"'],
  ["{ host: 'tcp://a', role: x }", "field role not found in type moby.plain"],
];

test.each(mistakes)("%s is refused", (yaml, text) => {
  expect(() => parseSd(dockerSd, yaml)).toThrow(text);
});
