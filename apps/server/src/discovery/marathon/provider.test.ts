import { expect, test } from "vitest";
import { type Listed, listOnce } from "../testing/listing.js";
import { parseSd } from "../testing/world.js";
import { marathonSd } from "./config.js";
import { marathonProvider } from "./provider.js";

const task = { id: "t1", host: "node-1", ports: [31_000, 31_001], ipAddresses: [{ ipAddress: "10.0.0.7" }] };

function list(app: object): Promise<Listed> {
  return listOnce(
    {
      provider: () => marathonProvider,
      section: marathonSd,
      yaml: (url) => `{ servers: ["http://127.0.0.1:1", "${url}"], auth_token: abc }`,
      answers: () => ({ apps: [{ id: "/shop/web", labels: { team: "x" }, tasks: [task], ...app }] }),
    },
    "__meta_marathon_",
  );
}

const shared = { app: "/shop/web", app_label_team: "x", task: "t1" };

const apps: [title: string, app: object, expected: Record<string, string>[]][] = [
  [
    "ports of the host, with labels of their definitions",
    { portDefinitions: [{ port: 10_000, labels: { a: "b" } }, { port: 10_001 }] },
    [
      { __address__: "node-1:31000", ...shared, port_index: "0", port_definition_label_a: "b" },
      { __address__: "node-1:31001", ...shared, port_index: "1" },
    ],
  ],
  [
    "ports that are required as they are defined",
    { requirePorts: true, portDefinitions: [{ port: 10_000 }, { port: 10_001 }] },
    [
      { __address__: "node-1:10000", ...shared, port_index: "0" },
      { __address__: "node-1:10001", ...shared, port_index: "1" },
    ],
  ],
  [
    "mapped ports of a bridge",
    {
      networks: [{ mode: "container/bridge" }],
      container: {
        docker: { image: "web:1" },
        portMappings: [{ hostPort: 0, labels: { m: "n" } }, { hostPort: 8080 }],
      },
    },
    [
      { __address__: "node-1:31000", ...shared, image: "web:1", port_index: "0", port_mapping_label_m: "n" },
      { __address__: "node-1:8080", ...shared, image: "web:1", port_index: "1" },
    ],
  ],
  [
    "the task's own address in a container network",
    {
      tasks: [{ ...task, ports: [] }],
      networks: [{ mode: "container" }],
      container: { portMappings: [{ containerPort: 80 }] },
    },
    [{ __address__: "10.0.0.7:80", ...shared, port_index: "0" }],
  ],
];

test.each(apps)("%s", async (_, app, expected) => {
  const { targets, asked } = await list(app);
  expect(targets).toEqual(expected);
  expect(asked[0]?.headers.authorization).toBe("token=abc");
});

const token = "servers: [a], auth_token: x";
const mistakes: [yaml: string, text: string][] = [
  ["{ servers: [] }", "marathon_sd: must contain at least one Marathon server"],
  [`{ ${token}, auth_token_file: y }`, "marathon_sd: at most one of auth_token & auth_token_file must be configured"],
  [`{ ${token}, basic_auth: { username: y } }`, "at most one of basic_auth, auth_token & auth_token_file must be"],
  [`{ ${token}, authorization: { credentials: y } }`, "at most one of auth_token, auth_token_file & authorization"],
  [`{ ${token}, bearer_token: y }`, "at most one of bearer_token, bearer_token_file, auth_token & auth_token_file"],
];

test.each(mistakes)("%s is refused", (yaml, text) => {
  expect(() => parseSd(marathonSd, yaml)).toThrow(text);
});
