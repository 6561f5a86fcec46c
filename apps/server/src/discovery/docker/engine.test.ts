// Beside a real engine, where one listens on its unix socket: what it says of its containers is read.
import { existsSync } from "node:fs";
import { createHttpClient, defaultHttpClientConfig } from "@narthex/service";
import { expect, test } from "vitest";
import { parseJson } from "../json.js";
import { runProvider } from "../testing/world.js";
import { dockerSd } from "./config.js";
import { dockerProvider } from "./provider.js";

const socketPath = process.env["DOCKER_HOST"]?.replace("unix://", "") ?? "/var/run/docker.sock";
const isThere = existsSync(socketPath);

test(isThere ? "a real engine's containers are listed" : "docker is absent: no real engine is asked", async () => {
  if (!isThere) return;
  const client = createHttpClient(defaultHttpClientConfig);
  const request = { url: "http://docker/containers/json", socketPath, timeoutMs: 10_000, bodyBytesMax: 0 };
  const containers = parseJson((await client.request(request)).body).list();
  client.close();
  const running = runProvider(dockerProvider, dockerSd, `{ host: "unix://${socketPath}" }`);
  const failed = running.nextFailure().then(() => Promise.reject(new Error(running.logged.join(""))));
  const [group] = await Promise.race([running.next(), failed]);
  running.stop();
  const found = new Set(group?.targets.map((target) => target["__meta_docker_container_id"]));
  for (const id of found) expect(containers.map((one) => one.at("Id").text())).toContain(id);
});
