import { expect, test } from "vitest";
import { listOnce } from "../testing/listing.js";
import { parseSd } from "../testing/world.js";
import { digitaloceanSd } from "./config.js";
import { digitaloceanProviderAt } from "./provider.js";

const droplet = {
  id: 42,
  name: "web",
  status: "active",
  size_slug: "s-1vcpu-1gb",
  vpc_uuid: "v-1",
  features: ["backups", "ipv6"],
  tags: ["a"],
  image: { slug: "debian-12", name: "12 x64" },
  region: { slug: "fra1" },
  networks: {
    v4: [
      { ip_address: "10.0.0.2", type: "private" },
      { ip_address: "192.0.2.2", type: "public" },
    ],
    v6: [{ ip_address: "2001:db8::2", type: "public" }],
  },
};

test("droplets of all pages are targets; one without an address is none", async () => {
  const { targets, paths, asked } = await listOnce(
    {
      provider: digitaloceanProviderAt,
      section: digitaloceanSd,
      yaml: () => "{ authorization: { credentials: t }, port: 9100 }",
      answers: ({ query }) =>
        query.get("page") === "1"
          ? { droplets: [droplet], links: { pages: { next: "https://more" } } }
          : { droplets: [{ id: 43, networks: {} }], links: {} },
    },
    "__meta_digitalocean_",
  );
  expect(targets).toEqual([
    {
      __address__: "192.0.2.2:9100",
      droplet_id: "42",
      droplet_name: "web",
      features: ",backups,ipv6,",
      image: "debian-12",
      image_name: "12 x64",
      private_ipv4: "10.0.0.2",
      public_ipv4: "192.0.2.2",
      public_ipv6: "2001:db8::2",
      region: "fra1",
      size: "s-1vcpu-1gb",
      status: "active",
      tags: ",a,",
      vpc: "v-1",
    },
  ]);
  expect(paths).toEqual(["/v2/droplets?page=1&per_page=200", "/v2/droplets?page=2&per_page=200"]);
  expect(asked[0]?.headers.authorization).toBe("Bearer t");
});

test("databases are targets at their private hosts", async () => {
  const databases = [
    {
      id: "9cc",
      name: "pg-1",
      engine: "pg",
      version: "16",
      status: "online",
      region: "fra1",
      size: "db-s-1vcpu-2gb",
      num_nodes: 2,
      connection: { host: "public.db" },
      private_connection: { host: "private.db" },
      tags: ["prod"],
    },
    { id: "making", connection: null },
  ];
  const { targets, paths } = await listOnce(
    {
      provider: digitaloceanProviderAt,
      section: digitaloceanSd,
      yaml: () => "{ role: databases, port: 9273 }",
      answers: () => ({ databases }),
    },
    "__meta_digitalocean_db_",
  );
  expect(targets).toEqual([
    {
      __address__: "private.db:9273",
      id: "9cc",
      name: "pg-1",
      engine: "pg",
      version: "16",
      status: "online",
      region: "fra1",
      size: "db-s-1vcpu-2gb",
      num_nodes: "2",
      host: "public.db",
      private_host: "private.db",
      tag_prod: "true",
    },
  ]);
  expect(paths).toEqual(["/v2/databases?page=1&per_page=200"]);
});

test("an unknown role is refused", () => {
  expect(() => parseSd(digitaloceanSd, "{ role: droplet }")).toThrow('unknown DigitalOcean SD role "droplet"');
});
