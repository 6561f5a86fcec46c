import { expect, test } from "vitest";
import { type Asked, Reply } from "../testing/api.js";
import { type Listed, listOnce } from "../testing/listing.js";
import { openstackSd } from "./config.js";
import type { Environment } from "./keystone.js";
import { openstackProviderIn } from "./provider.js";

const password = "username: u, password: p, domain_name: d, project_name: pr";

/** `answers` by path below a service's URL. */
function list(
  yaml: string,
  answers: Readonly<Record<string, unknown>>,
  environment: (url: string) => Environment = () => ({}),
): Promise<Listed> {
  let base = "";
  const endpoint = (type: string, face = "public"): unknown => ({
    type,
    endpoints: [
      { interface: face, region_id: "elsewhere", url: "http://127.0.0.1:1" },
      { interface: face, region_id: "RegionOne", url: `${base}/${type}` },
    ],
  });
  const catalog = (): unknown[] => ["compute", "network", "load-balancer"].map((type) => endpoint(type));
  return listOnce(
    {
      provider: (url) => {
        base = url;
        return openstackProviderIn(environment(url));
      },
      section: openstackSd,
      yaml: (url) => yaml.replaceAll("URL", url),
      answers: ({ path }: Asked) => {
        if (!path.endsWith("/auth/tokens")) return answers[path];
        const token = { expires_at: "2030-01-01T00:00:00Z", catalog: catalog() };
        return new Reply(201, { token }, { "x-subject-token": "lent" });
      },
    },
    "__meta_openstack_",
  );
}

const server = {
  id: "s-1",
  name: "web",
  status: "ACTIVE",
  tenant_id: "t-1",
  user_id: "u-1",
  flavor: { original_name: "m1.small" },
  image: "",
  metadata: { "env.name": "prod" },
  addresses: { private: [{ addr: "10.0.0.32" }, { addr: "192.0.2.144" }] },
};
const ports = { ports: [{ id: "port-1", device_id: "s-1", tenant_id: "t-1" }] };
const floatingips = {
  floatingips: [
    { floating_ip_address: "192.0.2.144", fixed_ip_address: "10.0.0.32", port_id: "port-1", tenant_id: "t-1" },
    { floating_ip_address: "192.0.2.9", fixed_ip_address: null, port_id: null, tenant_id: "t-1" },
  ],
};

test("instances at their own addresses, with the floating one; the token is for a password and a project", async () => {
  const { targets, asked, paths } = await list(
    `{ role: instance, region: RegionOne, identity_endpoint: "URL/v3", ${password}, all_tenants: true, port: 9100 }`,
    {
      "/network/v2.0/ports": ports,
      "/network/v2.0/floatingips": floatingips,
      "/compute/servers/detail": { servers: [server, { id: "bare" }] },
    },
  );
  expect(targets).toEqual([
    {
      __address__: "10.0.0.32:9100",
      address_pool: "private",
      instance_flavor: "m1.small",
      instance_id: "s-1",
      instance_name: "web",
      instance_status: "ACTIVE",
      private_ip: "10.0.0.32",
      project_id: "t-1",
      public_ip: "192.0.2.144",
      tag_env_name: "prod",
      user_id: "u-1",
    },
  ]);
  expect(paths[0]).toBe("/v3/auth/tokens");
  expect(paths[3]).toBe("/compute/servers/detail?all_tenants=true");
  expect(JSON.parse(asked[0]?.body ?? "")).toEqual({
    auth: {
      identity: { methods: ["password"], password: { user: { name: "u", domain: { name: "d" }, password: "p" } } },
      scope: { project: { name: "pr", domain: { name: "d" } } },
    },
  });
  expect(asked[1]?.headers["x-auth-token"]).toBe("lent");
});

test("hypervisors; the environment says who asks, with an application credential", async () => {
  const hypervisor = {
    id: 1,
    hypervisor_hostname: "nc14.cloud.com",
    host_ip: "172.16.70.14",
    status: "enabled",
    state: "up",
    hypervisor_type: "QEMU",
  };
  const { targets, asked } = await list(
    "{ role: hypervisor, region: RegionOne }",
    { "/compute/os-hypervisors/detail": { hypervisors: [hypervisor] } },
    (url) => ({ OS_AUTH_URL: url, OS_APPLICATION_CREDENTIAL_ID: "c", OS_APPLICATION_CREDENTIAL_SECRET: "s" }),
  );
  expect(targets).toEqual([
    {
      __address__: "172.16.70.14:80",
      hypervisor_host_ip: "172.16.70.14",
      hypervisor_hostname: "nc14.cloud.com",
      hypervisor_id: "1",
      hypervisor_state: "up",
      hypervisor_status: "enabled",
      hypervisor_type: "QEMU",
    },
  ]);
  expect(JSON.parse(asked[0]?.body ?? "").auth.identity).toEqual({
    methods: ["application_credential"],
    application_credential: { id: "c", secret: "s" },
  });
});

test("load balancers with a listener for us", async () => {
  const balancer = {
    id: "lb-1",
    name: "lb",
    operating_status: "ONLINE",
    provisioning_status: "ACTIVE",
    availability_zone: "az1",
    vip_address: "10.0.0.5",
    vip_port_id: "port-1",
    provider: "amphora",
    project_id: "t-1",
    tags: ["a", "b"],
  };
  const listener = (id: string, protocol: string, port: number): unknown => ({
    protocol,
    protocol_port: port,
    loadbalancers: [{ id }],
  });
  const { targets } = await list(
    `{ role: loadbalancer, region: RegionOne, identity_endpoint: "URL", userid: u, password: p, project_id: t-1 }`,
    {
      "/load-balancer/v2.0/lbaas/loadbalancers": { loadbalancers: [balancer, { id: "lb-2" }] },
      "/load-balancer/v2.0/lbaas/listeners": {
        listeners: [listener("lb-1", "HTTP", 80), listener("lb-1", "PROMETHEUS", 9273), listener("lb-2", "TCP", 1)],
      },
      "/network/v2.0/floatingips": floatingips,
    },
  );
  expect(targets).toEqual([
    {
      __address__: "10.0.0.5:9273",
      loadbalancer_availability_zone: "az1",
      loadbalancer_floating_ip: "192.0.2.144",
      loadbalancer_id: "lb-1",
      loadbalancer_name: "lb",
      loadbalancer_operating_status: "ONLINE",
      loadbalancer_provider: "amphora",
      loadbalancer_provisioning_status: "ACTIVE",
      loadbalancer_tags: "a,b",
      loadbalancer_vip: "10.0.0.5",
      project_id: "t-1",
    },
  ]);
});

test("a service that the catalog does not have is named", async () => {
  const wrong = `{ role: hypervisor, region: Nowhere, identity_endpoint: "URL", ${password} }`;
  await expect(list(wrong, {})).rejects.toThrow("no public endpoint of compute in region Nowhere");
});
