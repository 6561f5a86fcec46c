import { Registry } from "@narthex/client";
import { expect, test } from "vitest";
import { lifecycleRoutes } from "./lifecycle.js";
import type { Readiness } from "./respond.js";
import type { ApiRequest } from "./route.js";

async function check(readiness: Readiness, expected: object): Promise<void> {
  const source = {
    name: "Server" as const,
    registry: new Registry(),
    isEnabled: false,
    reload: async () => {},
    quit: () => {},
  };
  const routes = lifecycleRoutes({ ...source, readiness: () => readiness });
  const route = routes.find(({ path }) => path === "/-/ready");
  // It reads nothing of the request.
  expect(await route?.answer({} as ApiRequest)).toMatchObject(expected);
}

test("what is not ready says whether it stops", async () => {
  const body = "Service Unavailable";
  await check("starting", { status: 503, body, headers: { "x-prometheus-stopping": "false" } });
  await check("ready", { status: 200, body: "Prometheus Server is Ready.\n" });
  await check("stopping", { status: 503, body, headers: { "x-prometheus-stopping": "true" } });
});
