import { expect, test } from "vitest";
import { listOnce } from "../testing/listing.js";
import { linodeSd } from "./config.js";
import { linodeProviderAt } from "./provider.js";

const api: Readonly<Record<string, unknown[]>> = {
  "/v4/linode/instances": [
    {
      id: 42,
      label: "web",
      image: "linode/debian12",
      region: "eu-central",
      type: "g6-nanode-1",
      status: "running",
      group: "shop",
      hypervisor: "kvm",
      tags: ["a", "b"],
      ipv4: ["192.0.2.2", "192.0.2.9", "10.0.0.2"],
      ipv6: "2001:db8::2/128",
      backups: { enabled: true },
      specs: { disk: 2, memory: 1, vcpus: 1, transfer: 3, gpus: 0 },
    },
    { id: 43, ipv4: [] },
  ],
  "/v4/networking/ips": [
    { address: "192.0.2.2", type: "ipv4", public: true, rdns: "web.example.com", linode_id: 42 },
    { address: "192.0.2.9", type: "ipv4", public: true, rdns: "null", linode_id: 42 },
    { address: "10.0.0.2", type: "ipv4", public: false, rdns: null, linode_id: 42 },
    { address: "2001:db8::2", type: "ipv6", public: true, rdns: "six.example.com", linode_id: 42 },
    { address: "192.0.2.3", type: "ipv4", public: true, linode_id: 99 },
  ],
  "/v4/networking/ipv6/ranges": [{ range: "2001:db8:5::", prefix: 64, route_target: "2001:db8::2" }],
};

test("instances with their addresses are targets", async () => {
  const { targets, paths, asked } = await listOnce(
    {
      provider: linodeProviderAt,
      section: linodeSd,
      yaml: () => "{ authorization: { credentials: t }, region: eu-central }",
      answers: ({ path }) => ({ data: api[path], page: 1, pages: 1 }),
    },
    "__meta_linode_",
  );
  expect(targets).toEqual([
    {
      __address__: "192.0.2.2:80",
      instance_id: "42",
      instance_label: "web",
      image: "linode/debian12",
      public_ipv4: "192.0.2.2",
      public_ipv4_rdns: "web.example.com",
      private_ipv4: "10.0.0.2",
      public_ipv6: "2001:db8::2",
      public_ipv6_rdns: "six.example.com",
      extra_ips: ",192.0.2.9,",
      ipv6_ranges: ",2001:db8:5::/64,",
      region: "eu-central",
      type: "g6-nanode-1",
      status: "running",
      group: "shop",
      gpus: "0",
      hypervisor: "kvm",
      backups: "enabled",
      specs_disk_bytes: "2097152",
      specs_memory_bytes: "1048576",
      specs_vcpus: "1",
      specs_transfer_bytes: "3145728",
      tags: ",a,b,",
    },
  ]);
  expect(paths[0]).toBe("/v4/linode/instances?page=1&page_size=500");
  expect(asked[0]?.headers["x-filter"]).toBe('{"region":"eu-central"}');
});
