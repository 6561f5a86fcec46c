import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Asked } from "../testing/api.js";
import { type Listed, listOnce } from "../testing/listing.js";
import { scalewaySd } from "./config.js";
import { scalewayProvider } from "./provider.js";

const project = "11111111-1111-1111-1111-111111111111";
const keys = `project_id: ${project}, access_key: SCWXXXXXXXXXXXXXXXXX`;
const secret = `secret_key: ${project}`;

function list(yaml: string, prefix: string, answers: (asked: Asked) => unknown): Promise<Listed> {
  const provider = (): typeof scalewayProvider => scalewayProvider;
  const entry = (url: string): string => `{ ${keys}, ${yaml}, api_url: "${url}" }`;
  return listOnce({ provider, section: scalewaySd, yaml: entry, answers }, prefix);
}

const instance = {
  id: "i-1",
  name: "web",
  organization: "o-1",
  project,
  hostname: "web-host",
  image: { id: "im-1", name: "Debian Bookworm", arch: "x86_64" },
  commercial_type: "DEV1-S",
  tags: ["prod", "web"],
  state: "running",
  boot_type: "local",
  private_ip: "10.70.60.57",
  public_ip: { address: "192.0.2.1" },
  public_ips: [
    { address: "192.0.2.1", family: "inet" },
    { address: "2001:db8::1", family: "inet6" },
  ],
  ipv6: null,
  location: { cluster_id: "40", hypervisor_id: "1601", node_id: "29" },
  security_group: { id: "sg", name: "Default" },
  zone: "fr-par-1",
};

test("instances of all pages are targets; one without an address is none", async () => {
  const { targets, paths, asked } = await list(
    `${secret}, role: instance, name_filter: we, tags_filter: [prod, web]`,
    "__meta_scaleway_instance_",
    ({ query }) => ({ servers: query.get("page") === "1" ? [instance] : [{ id: "i-2" }], total_count: 2 }),
  );
  expect(targets).toEqual([
    {
      __address__: "10.70.60.57:80",
      boot_type: "local",
      hostname: "web-host",
      id: "i-1",
      image_arch: "x86_64",
      image_id: "im-1",
      image_name: "Debian Bookworm",
      location_cluster_id: "40",
      location_hypervisor_id: "1601",
      location_node_id: "29",
      name: "web",
      organization_id: "o-1",
      private_ipv4: "10.70.60.57",
      project_id: project,
      public_ipv4: "192.0.2.1",
      public_ipv4_addresses: ",192.0.2.1,",
      public_ipv6: "2001:db8::1",
      public_ipv6_addresses: ",2001:db8::1,",
      region: "fr-par",
      security_group_id: "sg",
      security_group_name: "Default",
      status: "running",
      tags: ",prod,web,",
      type: "DEV1-S",
      zone: "fr-par-1",
    },
  ]);
  const first = `/instance/v1/zones/fr-par-1/servers?name=we&tags=prod,web&project=${project}`;
  expect(paths).toEqual([`${first}&page=1&per_page=100`, `${first}&page=2&per_page=100`]);
  expect(asked[0]?.headers["x-auth-token"]).toBe(project);
});

const server = {
  id: "b-1",
  name: "metal",
  status: "ready",
  project_id: project,
  offer_id: "o-1",
  zone: "fr-par-2",
  install: { os_id: "os-1" },
  tags: ["db"],
  ips: [
    { address: "2001:db8::2", version: "IPv6" },
    { address: "192.0.2.2", version: "IPv4" },
  ],
};

test("bare-metal servers have the names of their offer and system; the token is a file's", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "scaleway-")), "token");
  writeFileSync(file, "from-file\n");
  const lists: Record<string, unknown> = {
    servers: { servers: [server], total_count: 1 },
    offers: { offers: [{ id: "o-1", name: "EM-A210R" }], total_count: 1 },
    os: { os: [{ id: "os-1", name: "Debian", version: "12" }], total_count: 1 },
  };
  const { targets, asked } = await list(
    `secret_key_file: ${file}, role: baremetal, zone: fr-par-2`,
    "__meta_scaleway_baremetal_",
    ({ path }) => lists[path.split("/").at(-1) ?? ""],
  );
  expect(targets).toEqual([
    {
      __address__: "192.0.2.2:80",
      id: "b-1",
      name: "metal",
      os_name: "Debian",
      os_version: "12",
      project_id: project,
      public_ipv4: "192.0.2.2",
      public_ipv6: "2001:db8::2",
      status: "ready",
      tags: ",db,",
      type: "EM-A210R",
      zone: "fr-par-2",
    },
  ]);
  expect(asked.map(({ headers }) => headers["x-auth-token"])).toEqual(["from-file", "from-file", "from-file"]);
});
