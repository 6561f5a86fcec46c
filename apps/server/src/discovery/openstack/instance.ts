// Servers at each of their own addresses, with the floating one that leads there
// (docs.openstack.org/api-ref/compute/#list-servers-detailed). Goes to: openstack/provider.
import type { Json } from "../json.js";
import { joinHostPort, prefixedLabels } from "../label-name.js";
import type { OpenstackSdConfig } from "./config.js";
import type { Services, TargetsOf } from "./services.js";

const prefix = "__meta_openstack_";

export const instanceTargets: TargetsOf = async (config, services, logger) => {
  const floating = await floatingAddresses(services);
  const query: Record<string, string> = config.all_tenants ? { all_tenants: "true" } : {};
  const servers = await services.all({ service: "compute", path: "/servers/detail", field: "servers", query });
  return servers.flatMap((server) => {
    if (server.at("addresses").fields().length === 0) {
      logger.info({ instance: server.at("id").text() }, "Got no IP address");
    }
    return serverTargets(server, config, floating);
  });
};

type Floating = {
  /** By project, device and own address. */
  readonly byTarget: ReadonlyMap<string, string>;
  readonly all: ReadonlySet<string>;
};

async function floatingAddresses(services: Services): Promise<Floating> {
  const ports = await services.all({ service: "network", path: "/ports", field: "ports" });
  const devices = new Map(ports.map((port) => [port.at("id").text(), port.at("device_id").text()] as const));
  const ips = await services.all({ service: "network", path: "/floatingips", field: "floatingips" });
  const byTarget = new Map<string, string>();
  const all = new Set<string>();
  for (const ip of ips) {
    const device = devices.get(ip.at("port_id").text());
    const fixed = ip.at("fixed_ip_address").text();
    if (device === undefined || fixed === "") continue;
    const address = ip.at("floating_ip_address").text();
    byTarget.set(floatingKey(ip.at("tenant_id").text(), device, fixed), address);
    all.add(address);
  }
  return { byTarget, all };
}

function floatingKey(project: string, device: string, address: string): string {
  return `${project} ${device} ${address}`;
}

function serverTargets(server: Json, { port }: OpenstackSdConfig, floating: Floating): Record<string, string>[] {
  const text = (...names: string[]): string => server.at(...names).text();
  const image = server.at("image");
  const common = {
    instance_id: text("id"),
    instance_status: text("status"),
    instance_name: text("name"),
    project_id: text("tenant_id"),
    user_id: text("user_id"),
    // Newer versions name the flavour, older ones give its id.
    instance_flavor: text("flavor", "original_name") || text("flavor", "id"),
    // A server that boots from a volume has an empty text there.
    instance_image: typeof image.raw === "string" ? "" : image.at("id").text(),
  };
  const tags = prefixedLabels(`${prefix}tag_`, server.at("metadata").texts());
  const pools = server.at("addresses").fields();
  return pools.flatMap(([pool, addresses]) =>
    addresses
      .list()
      .map((address) => address.at("addr").text())
      .filter((ip) => !floating.all.has(ip))
      .map((ip) => {
        const public_ip = floating.byTarget.get(floatingKey(common.project_id, common.instance_id, ip)) ?? "";
        const labels = { ...common, address_pool: pool, private_ip: ip, public_ip };
        return { __address__: joinHostPort(ip, port), ...prefixedLabels(prefix, labels), ...tags };
      }),
  );
}
