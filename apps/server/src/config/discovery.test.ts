// Every kind of discovery: what its config lacks, in Prometheus' words, and its defaults.
import { parseYamlFile } from "@narthex/service";
import { expect, test } from "vitest";
import { discoveryShape, noDiscovery, resolveDiscoveryPaths, type SdLists, sdFields } from "./discovery.js";

function load<Field extends keyof SdLists>(field: Field, entry: string): SdLists[Field][number] {
  const list = parseYamlFile("f.yml", `[${entry}]`, discoveryShape[field]) as SdLists[Field];
  return list[0] as SdLists[Field][number];
}

const openstack = "role: instance, region: r";
const scaleway = "role: instance, project_id: 11111111-1111-1111-1111-111111111111, access_key: SCWXXXXXXXXXXXXXXXXX";
const ovhcloud = "application_key: a, application_secret: b";
const oci = "region: r, tenancy: t, user: u, fingerprint: f";
const triton = "account: a, dns_suffix: d, endpoint: e";
const uyuni = "server: s, username: u";
const azure = "subscription_id: s, tenant_id: t, client_id: c, client_secret: p";

const mistakes: [field: keyof SdLists, entry: string, text: string][] = [
  ["aws_sd_configs", "{}", 'unknown AWS SD role ""'],
  ["aws_sd_configs", "{ role: s3 }", 'unknown AWS SD role "s3"'],
  ["aws_sd_configs", "{ role: ec2, roles: a }", "field roles not found in type aws.plain"],
  ["ecs_sd_configs", "{ clusters: a }", "cannot unmarshal !!str `a` into []"],
  ["ecs_sd_configs", "{ request_concurrency: 0 }", "request_concurrency must be above 0"],
  ["msk_sd_configs", "{ filters: [] }", "field filters not found in type aws.plain"],
  ["rds_sd_configs", "{ filters: [{ name: a }] }", "RDS SD configuration filter values cannot be empty"],
  ["elasticache_sd_configs", "{ bearer_token: a, bearer_token_file: b }", "at most one of bearer_token &"],
  ["azure_sd_configs", "{}", "azure SD configuration requires a subscription_id"],
  ["azure_sd_configs", "{ subscription_id: a, tenant_id: b }", "azure SD configuration requires a client_id"],
  ["azure_sd_configs", `{ ${azure}, authentication_method: None }`, 'unknown authentication_type "None". Supported'],
  ["gce_sd_configs", "{ zone: a }", "GCE SD configuration requires a project"],
  ["gce_sd_configs", "{ project: a }", "GCE SD configuration requires a zone"],
  ["ionos_sd_configs", "{}", "datacenter id can't be empty"],
  ["kuma_sd_configs", "{}", "kuma SD server must not be empty"],
  ["kuma_sd_configs", "{ server: 'kuma' }", "kuma SD server must not be empty and have a scheme: kuma"],
  ["kuma_sd_configs", "{ server: ':5676' }", 'parse ":5676": missing protocol scheme'],
  ["nerve_sd_configs", "{ paths: [/a] }", "nerve SD config must contain at least one Zookeeper server"],
  ["serverset_sd_configs", "{ servers: [a] }", "serverset SD config must contain at least one path"],
  ["serverset_sd_configs", "{ servers: [a], paths: [b] }", "serverset SD config paths must begin with '/': b"],
  ["oci_sd_configs", "{ auth: none }", "oci_sd: region is required"],
  ["oci_sd_configs", "{ auth: none, region: r }", 'oci_sd: unknown auth method "none", expected "api_key" or'],
  ["oci_sd_configs", `{ ${oci} }`, "oci_sd: api_key auth requires key_file"],
  [
    "oci_sd_configs",
    `{ ${oci}, key_file: k, key_passphrase: a, key_passphrase_file: b }`,
    "oci_sd: at most one of key",
  ],
  ["oci_sd_configs", `{ ${oci}, auth: instance_principal }`, "oci_sd: instance_principal auth must not have tenancy"],
  ["oci_sd_configs", `{ ${oci}, key_file: k, compartments: [a, ''] }`, "oci_sd: compartments[1] must not be empty"],
  ["openstack_sd_configs", "{ role: volume }", 'unknown OpenStack SD role "volume"'],
  ["openstack_sd_configs", "{}", "role missing (one of: instance, hypervisor, loadbalancer)"],
  ["openstack_sd_configs", "{ role: instance }", "openstack SD configuration requires a region"],
  ["openstack_sd_configs", "{ availability: x }", "unknown availability x, must be one of admin, internal or public"],
  ["openstack_sd_configs", `{ ${openstack}, tls_config: { cert: a } }`, "exactly one of key or key_file must be"],
  ["outscale_sd_configs", "{ secret_key: a }", "outscale SD configuration requires access_key"],
  ["outscale_sd_configs", "{ access_key: a }", "one of secret_key & secret_key_file must be configured"],
  ["ovhcloud_sd_configs", "{ endpoint: '' }", "endpoint can not be empty"],
  ["ovhcloud_sd_configs", "{ application_key: a }", "application secret can not be empty"],
  ["ovhcloud_sd_configs", `{ ${ovhcloud} }`, "consumer key can not be empty"],
  ["ovhcloud_sd_configs", `{ ${ovhcloud}, consumer_key: c, service: ip }`, "unknown service: ip"],
  ["scaleway_sd_configs", "{ role: disk }", 'unknown role "disk"'],
  ["scaleway_sd_configs", "{}", "role missing (one of: instance, baremetal)"],
  ["scaleway_sd_configs", `{ ${scaleway} }`, "one of secret_key & secret_key_file must be configured"],
  ["scaleway_sd_configs", `{ ${scaleway}, secret_key: a }`, "scaleway-sdk-go: invalid secret key format"],
  [
    "scaleway_sd_configs",
    `{ ${scaleway}, secret_key_file: a, zone: x }`,
    "scaleway-sdk-go: invalid default zone format",
  ],
  ["stackit_sd_configs", "{ region: '' }", "endpoint or region missing"],
  ["stackit_sd_configs", "{ endpoint: '://x' }", 'invalid endpoint "://x": parse "://x": missing protocol scheme'],
  ["triton_sd_configs", "{ role: vm }", "triton SD configuration requires role to be 'container' or 'cn'"],
  ["triton_sd_configs", "{ account: a }", "triton SD configuration requires a dns_suffix"],
  ["triton_sd_configs", `{ ${triton}, refresh_interval: 0s }`, "requires RefreshInterval to be a positive integer"],
  ["uyuni_sd_configs", "{}", "Uyuni SD configuration requires server host"],
  ["uyuni_sd_configs", `{ ${uyuni} }`, "Uyuni SD configuration requires a password"],
  ["vultr_sd_configs", "{ region: a }", "field region not found in type vultr.plain"],
];

test.each(mistakes)("%s: %s is refused", (field, entry, text) => {
  expect(() => load(field, entry)).toThrow(text);
});

const defaults: [field: keyof SdLists, entry: string, values: Record<string, unknown>][] = [
  ["aws_sd_configs", "{ role: rds }", { refresh_interval: 60_000, port: 80, filters: [], clusters: [] }],
  ["ecs_sd_configs", "{}", { request_concurrency: 20, clusters: [], region: "" }],
  ["rds_sd_configs", "{}", { request_concurrency: 10 }],
  ["azure_sd_configs", `{ ${azure} }`, { environment: "AzurePublicCloud", refresh_interval: 300_000, port: 80 }],
  ["gce_sd_configs", "{ project: p, zone: z }", { tag_separator: ",", refresh_interval: 60_000 }],
  ["kuma_sd_configs", "{ server: 'http://k' }", { refresh_interval: 15_000, fetch_timeout: 120_000 }],
  ["nerve_sd_configs", "{ servers: [a], paths: [/a] }", { timeout: 10_000 }],
  ["openstack_sd_configs", `{ ${openstack} }`, { availability: "public", all_tenants: false, port: 80 }],
  ["outscale_sd_configs", "{ access_key: a, secret_key: b }", { region: "eu-west-2", endpoint: "" }],
  ["scaleway_sd_configs", `{ ${scaleway}, secret_key_file: a }`, { zone: "fr-par-1" }],
  ["stackit_sd_configs", "{}", { region: "eu01", project: "" }],
  ["triton_sd_configs", `{ ${triton} }`, { role: "container", port: 9163, version: 1 }],
  ["uyuni_sd_configs", `{ ${uyuni}, password: p }`, { entitlement: "monitoring_entitled", separator: "," }],
  ["digitalocean_sd_configs", "{}", { role: "droplets", port: 80 }],
];

test.each(defaults)("%s: %s has its defaults", (field, entry, values) => {
  expect(load(field, entry)).toMatchObject(values);
});

test("files of a section are found beside the file that names them", () => {
  const configs = {
    ...noDiscovery,
    oci_sd_configs: [load("oci_sd_configs", `{ ${oci}, key_file: k }`)],
    openstack_sd_configs: [load("openstack_sd_configs", `{ ${openstack}, tls_config: { ca_file: ca } }`)],
    scaleway_sd_configs: [load("scaleway_sd_configs", `{ ${scaleway}, secret_key_file: /s }`)],
  };
  expect(resolveDiscoveryPaths(configs as never, "/etc/x/f.yml")).toMatchObject({
    oci_sd_configs: [{ key_file: "/etc/x/k", key_passphrase_file: "" }],
    openstack_sd_configs: [{ tls_config: { ca_file: "/etc/x/ca" } }],
    scaleway_sd_configs: [{ secret_key_file: "/s" }],
  });
});

test("all kinds that Prometheus has are read, and one of our own", () => {
  expect(sdFields.filter((field) => field !== "local_sd_configs")).toHaveLength(36);
});
