import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Reply } from "../testing/api.js";
import { gone, goneEvent, KubeApi, type KubeObject } from "../testing/kube-api.js";
import { metricValue, type RunningProvider, runProvider } from "../testing/world.js";
import { kubernetesSd } from "./config.js";
import { kubernetesProviderIn } from "./provider.js";

const nodes = "/api/v1/nodes";
const pods = "/api/v1/pods";
let api: KubeApi;
let running: RunningProvider | undefined;

beforeEach(async () => {
  api = await KubeApi.open();
});

afterEach(async () => {
  running?.stop();
  await api.close();
});

function start(fields: string, pod = { environment: {}, folder: "/nowhere" }): RunningProvider {
  running = runProvider(kubernetesProviderIn(pod), kubernetesSd, `{ ${fields} }`);
  return running;
}

function watchNodes(fields = ""): RunningProvider {
  return start(`role: node, api_server: "${api.server.url}"${fields}`);
}

function node(name: string, address = "10.0.0.1"): KubeObject {
  const daemonEndpoints = { kubeletEndpoint: { Port: 10_250 } };
  return { metadata: { name }, status: { addresses: [{ type: "InternalIP", address }], daemonEndpoints } };
}

function pod(namespace: string, name: string): KubeObject {
  return {
    metadata: { namespace, name },
    spec: { containers: [{ name: "c", ports: [{ containerPort: 80 }] }] },
    status: { podIP: "10.1.0.1" },
  };
}

/** The next list whose sources are these; lists before it are passed over. */
async function until({ next, clock }: RunningProvider, sources: string): Promise<void> {
  for (;;) {
    const list = next();
    let isThere = false;
    void list.then(() => {
      isThere = true;
    });
    while (!isThere) await clock.advance(200);
    const found = (await list).map(({ source }) => source).sort();
    if (found.join(" ") === sources) return;
  }
}

test("objects are listed by pages, then watched from the list's version", async () => {
  api.put(nodes, node("a"), node("b"), node("c"));
  api.pageSize = 2;
  const one = watchNodes();
  await until(one, "node/a node/b node/c");
  await api.watched(1);
  expect(api.server.paths).toEqual([
    "/api/v1/nodes?limit=500",
    "/api/v1/nodes?limit=500&continue=2",
    "/api/v1/nodes?watch=1&allowWatchBookmarks=true&resourceVersion=103&timeoutSeconds=480",
  ]);
  api.put(nodes, node("d"));
  await until(one, "node/a node/b node/c node/d");
  api.delete(nodes, "/b");
  await until(one, "node/a node/c node/d");
  const events = 'prometheus_sd_kubernetes_events_total{event="delete",role="node"}';
  expect(await metricValue(one.registry, events)).toBe(1);
});

test("a watch that ends goes on from the last version, which bookmarks move", async () => {
  api.put(nodes, node("a"));
  const one = watchNodes();
  await until(one, "node/a");
  await api.watched(1);
  api.bookmark("4711");
  api.endWatches();
  await api.watched(1);
  expect(api.server.paths.at(-1)).toContain("resourceVersion=4711");
  expect(one.failures()).toBe(0);
});

test("410 Gone, as an event or as a status, lists anew", async () => {
  api.put(nodes, node("a"), node("b"));
  const one = watchNodes();
  await until(one, "node/a node/b");
  await api.watched(1);
  api.endWatches(goneEvent);
  await api.watched(1);
  // What went while nobody watched is found by the list alone.
  let isGone = true;
  api.intercept = ({ query }) => {
    if (query.get("watch") !== "1" || !isGone) return undefined;
    isGone = false;
    return gone;
  };
  api.endWatches();
  api.delete(nodes, "/b");
  await until(one, "node/a");
  expect(one.failures()).toBe(0);
});

test("a server that fails is asked again, later each time, and the last good list stands", async () => {
  api.put(nodes, node("a"));
  const one = watchNodes();
  await until(one, "node/a");
  await api.watched(1);
  api.intercept = () => new Reply(500, { message: "etcd is gone" });
  api.endWatches();
  await one.nextFailure();
  await one.clock.advance(800);
  await one.nextFailure();
  expect(await metricValue(one.registry, "prometheus_sd_kubernetes_failures_total")).toBe(2);
  api.intercept = () => undefined;
  await one.clock.advance(1600);
  await api.watched(1);
  api.put(nodes, node("b"));
  await until(one, "node/a node/b");
});

test("only the wanted namespaces are asked, with the wanted selectors", async () => {
  api.put(pods, pod("one", "p"), pod("two", "p"), pod("three", "p"));
  const one = start(
    `role: pod, api_server: "${api.server.url}", namespaces: { names: [one, two] }, selectors: [{ role: pod, label: 'app in (a,b)', field: 'status.phase=Running' }]`,
  );
  await until(one, "pod/one/p pod/two/p");
  expect(api.server.paths.filter((path) => !path.includes("watch=")).sort()).toEqual([
    "/api/v1/namespaces/one/pods?limit=500&labelSelector=app+in+(a,b)&fieldSelector=status.phase=Running",
    "/api/v1/namespaces/two/pods?limit=500&labelSelector=app+in+(a,b)&fieldSelector=status.phase=Running",
  ]);
  await api.watched(2);
  api.delete(pods, "two/p");
  await until(one, "pod/one/p");
});

test("a pod asks its own cluster, and the namespace it is in", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pod-"));
  writeFileSync(join(folder, "token"), "of-the-pod");
  writeFileSync(join(folder, "namespace"), "mine\n");
  const environment = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: "1" };
  const own = start("role: pod, namespaces: { own_namespace: true }", { environment, folder });
  await own.nextFailure();
  // Its certificate authority is read when a connection is made.
  expect(own.logged.join("")).toContain("ca.crt");
  expect(() => start("role: pod")).toThrow("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined");
});

test("a kubeconfig file says where the server is and who asks", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kube-"));
  const file = join(folder, "config");
  const user = "{ name: me, user: { token: of-mine } }";
  const cluster = `{ name: here, cluster: { server: "${api.server.url}" } }`;
  const text = (current: string): string =>
    `{ apiVersion: v1, kind: Config, current-context: ${current}, clusters: [${cluster}], users: [${user}], contexts: [{ name: main, context: { cluster: here, user: me } }] }`;
  writeFileSync(file, text("main"));
  api.put(nodes, node("a"));
  await until(start(`role: node, kubeconfig_file: "${file}"`), "node/a");
  expect(api.server.asked[0]?.headers.authorization).toBe("Bearer of-mine");
  running?.stop();
  writeFileSync(file, text("other"));
  expect(() => start(`role: node, kubeconfig_file: "${file}"`)).toThrow('current-context "other" does not exist');
});

function execConfig(folder: string, program: string, exec: string): string {
  writeFileSync(join(folder, "login"), `#!/bin/sh\n${program}\n`, { mode: 0o755 });
  const file = join(folder, "config");
  const user = `{ name: me, user: { exec: { command: ./login, ${exec} } } }`;
  const cluster = `{ name: here, cluster: { server: "${api.server.url}" } }`;
  writeFileSync(
    file,
    `{ current-context: main, clusters: [${cluster}], users: [${user}], contexts: [{ name: main, context: { cluster: here, user: me } }] }`,
  );
  return file;
}

const apiVersion = "apiVersion: client.authentication.k8s.io/v1";

test("a program of the kubeconfig prints the token, once while that holds", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kube-"));
  const program = `echo run >> ${folder}/runs; echo "$KUBERNETES_EXEC_INFO" > ${folder}/info
echo "{\\"status\\": {\\"token\\": \\"$1-$WHO\\", \\"expirationTimestamp\\": \\"2100-01-01T00:00:00Z\\"}}"`;
  const exec = `args: [lent], env: [{ name: WHO, value: me }], provideClusterInfo: true, ${apiVersion}`;
  api.put(nodes, node("a"));
  await until(start(`role: node, kubeconfig_file: "${execConfig(folder, program, exec)}"`), "node/a");
  await api.watched(1);
  expect(api.server.asked.map(({ headers }) => headers.authorization)).toEqual(["Bearer lent-me", "Bearer lent-me"]);
  expect(readFileSync(join(folder, "runs"), "utf8")).toBe("run\n");
  expect(JSON.parse(readFileSync(join(folder, "info"), "utf8"))).toEqual({
    kind: "ExecCredential",
    apiVersion: "client.authentication.k8s.io/v1",
    spec: { interactive: false, cluster: { server: api.server.url } },
  });
});

test("a token that the server refuses is asked for anew", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kube-"));
  const program = `echo run >> ${folder}/runs; echo "{\\"status\\": {\\"token\\": \\"t$(wc -l < ${folder}/runs)\\"}}"`;
  api.put(nodes, node("a"));
  api.intercept = ({ headers }) => (headers.authorization === "Bearer t1" ? new Reply(401, "") : undefined);
  const one = start(`role: node, kubeconfig_file: "${execConfig(folder, program, apiVersion)}"`);
  await one.nextFailure();
  await until(one, "node/a");
  expect(readFileSync(join(folder, "runs"), "utf8")).toBe("run\nrun\n");
});

const brokenPrograms: [title: string, program: string, text: string][] = [
  ["fails", "echo no >&2; exit 3", "no credentials from"],
  ["prints no token", "echo '{}'", "it printed neither a token"],
];

test.each(brokenPrograms)("a program that %s is told", async (_, program, text) => {
  const folder = mkdtempSync(join(tmpdir(), "kube-"));
  const one = start(`role: node, kubeconfig_file: "${execConfig(folder, program, apiVersion)}"`);
  await one.nextFailure();
  expect(one.logged.join("")).toContain(text);
});

test("a program that wants a terminal is refused", () => {
  const file = execConfig(mkdtempSync(join(tmpdir(), "kube-")), "true", `${apiVersion}, interactiveMode: Always`);
  expect(() => start(`role: node, kubeconfig_file: "${file}"`)).toThrow("exec wants a terminal");
});

test("an object that cannot be read is logged, and the others go on", async () => {
  api.put(nodes, node("a"), { metadata: { name: "b" }, status: { addresses: "none" } });
  const one = watchNodes();
  await until(one, "node/a");
  expect(one.logged.join("")).toContain("b.status.addresses is not a list");
});
