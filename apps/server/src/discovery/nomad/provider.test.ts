import { expect, test } from "vitest";
import { Reply } from "../testing/api.js";
import { listOnce } from "../testing/listing.js";
import { parseSd } from "../testing/world.js";
import { nomadSd } from "./config.js";
import { nomadProvider } from "./provider.js";

const listing = {
  provider: () => nomadProvider,
  section: nomadSd,
  yaml: (url: string) => `{ server: "${url}", namespace: "*", region: eu, authorization: { credentials: t } }`,
};

test("instances of each service are targets", async () => {
  const { targets, paths, asked } = await listOnce(
    {
      ...listing,
      answers: ({ path }) =>
        path === "/v1/services"
          ? [{ Namespace: "default", Services: [{ ServiceName: "web app", Tags: ["a"] }] }]
          : [
              {
                ID: "_nomad-1",
                ServiceName: "web app",
                Namespace: "default",
                NodeID: "n1",
                Datacenter: "dc1",
                Tags: ["a", "b"],
                Address: "192.0.2.1",
                Port: 8080,
              },
            ],
    },
    "__meta_nomad_",
  );
  expect(targets).toEqual([
    {
      __address__: "192.0.2.1:8080",
      address: "192.0.2.1",
      dc: "dc1",
      namespace: "default",
      node_id: "n1",
      service: "web app",
      service_address: "192.0.2.1",
      service_id: "_nomad-1",
      service_port: "8080",
      tags: ",a,b,",
    },
  ]);
  expect(paths).toEqual([
    "/v1/services?namespace=*&region=eu&stale=",
    "/v1/service/web%20app?namespace=*&region=eu&stale=",
  ]);
  expect(asked[0]?.headers.authorization).toBe("Bearer t");
});

test("a failure says what the server said", async () => {
  const answers = (): Reply => new Reply(403, "Permission denied");
  await expect(listOnce({ ...listing, answers }, "")).rejects.toThrow("403 Forbidden: Permission denied");
});

test("an empty server is refused", () => {
  expect(() => parseSd(nomadSd, "{ server: '' }")).toThrow("nomad SD configuration requires a server address");
});
