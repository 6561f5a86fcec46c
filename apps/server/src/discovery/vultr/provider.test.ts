import { expect, test } from "vitest";
import { listOnce } from "../testing/listing.js";
import { vultrSd } from "./config.js";
import { vultrProviderAt } from "./provider.js";

const instance = {
  id: "dbdbd38c",
  os: "Debian 12 x64",
  ram: 1024,
  disk: 25,
  main_ip: "192.0.2.9",
  vcpu_count: 1,
  region: "ewr",
  plan: "vc2-1c-1gb",
  allowed_bandwidth: 1000,
  server_status: "ok",
  v6_main_ip: "2001:db8::9",
  label: "web",
  internal_ip: "10.0.0.9",
  hostname: "web.example.com",
  os_id: 2136,
  features: ["ipv6", "auto_backups"],
  tags: ["prod"],
};

test("instances of all pages are targets", async () => {
  const { targets, paths, asked } = await listOnce(
    {
      provider: vultrProviderAt,
      section: vultrSd,
      yaml: () => "{ authorization: { credentials: k }, port: 9100 }",
      answers: ({ query }) =>
        query.get("cursor") === "2"
          ? { instances: [{ ...instance, id: "two", features: [], tags: [] }], meta: { links: { next: "" } } }
          : { instances: [instance], meta: { total: 2, links: { next: "2", prev: "" } } },
    },
    "__meta_vultr_instance_",
  );
  const labels = {
    __address__: "192.0.2.9:9100",
    allowed_bandwidth_gb: "1000",
    disk_gb: "25",
    hostname: "web.example.com",
    internal_ip: "10.0.0.9",
    label: "web",
    main_ip: "192.0.2.9",
    main_ipv6: "2001:db8::9",
    os: "Debian 12 x64",
    os_id: "2136",
    plan: "vc2-1c-1gb",
    ram_mb: "1024",
    region: "ewr",
    server_status: "ok",
    vcpu_count: "1",
  };
  expect(targets).toEqual([
    { ...labels, id: "dbdbd38c", features: ",ipv6,auto_backups,", tags: ",prod," },
    { ...labels, id: "two" },
  ]);
  expect(paths).toEqual(["/v2/instances?per_page=100", "/v2/instances?per_page=100&cursor=2"]);
  expect(asked[0]?.headers.authorization).toBe("Bearer k");
});
