import { expect, test } from "vitest";
import { type Listed, listOnce } from "../testing/listing.js";
import { tritonSd } from "./config.js";
import { tritonProviderOver } from "./provider.js";

function list(more: string, answer: unknown): Promise<Listed> {
  return listOnce(
    {
      provider: () => tritonProviderOver("http"),
      section: tritonSd,
      yaml: (url) => {
        const { hostname, port } = new URL(url);
        return `{ account: a, dns_suffix: triton.example.com, endpoint: ${hostname}, port: ${port}, ${more} }`;
      },
      answers: () => answer,
    },
    "__meta_triton_",
  );
}

const port = expect.stringMatching(/^44b57d8b\.triton\.example\.com:\d+$/) as string;

test("containers of some groups", async () => {
  const container = {
    groups: ["foo", "bar"],
    server_uuid: "44454c4c",
    vm_alias: "server01",
    vm_brand: "lx",
    vm_image_uuid: "7b27a514",
    vm_uuid: "44b57d8b",
  };
  const { targets, paths } = await list("groups: [foo, bar]", { containers: [container] });
  expect(targets).toEqual([
    {
      __address__: port,
      groups: ",foo,bar,",
      machine_alias: "server01",
      machine_brand: "lx",
      machine_id: "44b57d8b",
      machine_image: "7b27a514",
      server_id: "44454c4c",
    },
  ]);
  expect(paths).toEqual(["/v1/discover?groups=foo,bar"]);
});

test("compute nodes", async () => {
  const node = { server_uuid: "44b57d8b", server_hostname: "server01" };
  const { targets, paths } = await list("role: cn, version: 2", { cns: [node] });
  expect(targets).toEqual([{ __address__: port, machine_alias: "server01", machine_id: "44b57d8b" }]);
  expect(paths).toEqual(["/v2/gz/discover"]);
});
