import { expect, test } from "vitest";
import type { Asked } from "../testing/api.js";
import { type Listed, listOnce } from "../testing/listing.js";
import { parseSd } from "../testing/world.js";
import { hetznerSd } from "./config.js";
import { hetznerProviderAt } from "./provider.js";

const server = {
  id: 42,
  name: "web",
  status: "running",
  public_net: { ipv4: { ip: "192.0.2.2" }, ipv6: { ip: "2001:db8::/64" } },
  private_net: [{ network: 7, ip: "10.0.0.2" }],
  server_type: { name: "cx22", cores: 2, cpu_type: "shared", memory: 4.5, disk: 40 },
  location: { name: "fsn1", network_zone: "eu-central" },
  image: { name: "debian-12", description: "Debian 12", os_flavor: "debian", os_version: "12" },
  labels: { env: "prod", empty: "" },
};

function list(yaml: string, answers: (asked: Asked) => unknown): Promise<Listed> {
  const provider = (url: string): ReturnType<typeof hetznerProviderAt> =>
    hetznerProviderAt({ hcloud: url, robot: `${url}/robot` });
  return listOnce({ provider, section: hetznerSd, yaml: () => yaml, answers }, "__meta_hetzner_");
}

test("servers of the cloud, by pages, with the names of their networks", async () => {
  const { targets, paths } = await list("{ role: hcloud, label_selector: env=prod }", ({ path, query }) => {
    if (path === "/v1/networks") return { networks: [{ id: 7, name: "my net" }] };
    const isFirst = query.get("page") === "1";
    return { servers: isFirst ? [] : [server], meta: { pagination: { next_page: isFirst ? 2 : null } } };
  });
  expect(targets).toEqual([
    {
      __address__: "192.0.2.2:80",
      role: "hcloud",
      server_id: "42",
      server_name: "web",
      server_status: "running",
      public_ipv4: "192.0.2.2",
      public_ipv6_network: "2001:db8::/64",
      hcloud_location: "fsn1",
      hcloud_location_network_zone: "eu-central",
      hcloud_datacenter_location: "fsn1",
      hcloud_datacenter_location_network_zone: "eu-central",
      hcloud_server_type: "cx22",
      hcloud_cpu_cores: "2",
      hcloud_cpu_type: "shared",
      hcloud_memory_size_gb: "4.5",
      hcloud_disk_size_gb: "40",
      hcloud_image_name: "debian-12",
      hcloud_image_description: "Debian 12",
      hcloud_image_os_flavor: "debian",
      hcloud_image_os_version: "12",
      hcloud_label_env: "prod",
      hcloud_labelpresent_env: "true",
      hcloud_labelpresent_empty: "true",
      hcloud_private_ipv4_my_net: "10.0.0.2",
    },
  ]);
  expect(paths).toEqual([
    "/v1/servers?per_page=50&label_selector=env=prod&page=1",
    "/v1/servers?per_page=50&label_selector=env=prod&page=2",
    "/v1/networks?per_page=50&page=1",
  ]);
});

test("servers of Robot", async () => {
  const { targets, paths } = await list("{ role: robot }", () => [
    {
      server: {
        server_number: 321,
        server_name: "one",
        server_ip: "192.0.2.3",
        dc: "FSN1-DC5",
        product: "EX40",
        status: "ready",
        cancelled: false,
        subnet: [{ ip: "2001:db8:1::", mask: "64" }],
      },
    },
  ]);
  expect(targets).toEqual([
    {
      __address__: "192.0.2.3:80",
      role: "robot",
      server_id: "321",
      server_name: "one",
      server_status: "ready",
      public_ipv4: "192.0.2.3",
      public_ipv6_network: "2001:db8:1::/64",
      datacenter: "fsn1-dc5",
      robot_datacenter: "fsn1-dc5",
      robot_product: "EX40",
      robot_cancelled: "false",
    },
  ]);
  expect(paths).toEqual(["/robot/server"]);
});

const mistakes: [yaml: string, text: string][] = [
  ["{}", "role missing (one of: robot, hcloud)"],
  ["{ role: invalid }", 'unknown role "invalid"'],
];

test.each(mistakes)("%s is refused", (yaml, text) => {
  expect(() => parseSd(hetznerSd, yaml)).toThrow(text);
});
