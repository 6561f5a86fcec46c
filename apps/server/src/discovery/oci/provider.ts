// oci_sd_configs: instances of compartments of Oracle's cloud, at the addresses of their primary interfaces
// (docs.oracle.com/iaas/api/#/en/iaas/20160918). Goes to: discovery/manager.
import type { Logger } from "@narthex/service";
import { type ApiClient, apiUrl, isRefusal } from "../api-client.js";
import { concurrently, requestsMax } from "../concurrently.js";
import type { Json } from "../json.js";
import { joinHostPort, joinTags, prefixedLabels, sanitizeLabelName } from "../label-name.js";
import { allPages } from "../pages.js";
import type { Provider } from "../provider.js";
import { sessionProvider } from "../refresh.js";
import type { OciSdConfig } from "./config.js";
import { principalOf } from "./principal.js";
import { type OciHosts, ociHosts } from "./region.js";
import { type OciKey, ociHeaders } from "./signature.js";

export type OciSurroundings = { readonly hosts: OciHosts; readonly metadataUrl: string };

export const ociProvider: Provider<OciSdConfig> = ociProviderIn({
  hosts: ociHosts,
  metadataUrl: "http://169.254.169.254",
});

const version = "/20160918";

export function ociProviderIn(around: OciSurroundings): Provider<OciSdConfig> {
  return sessionProvider<OciSdConfig>({
    name: "oci",
    http: (config) => config,
    open: ({ config, api, world: { clock, logger } }) => {
      const principal = principalOf({ config, api, clock, ...around });
      return (signal) =>
        principal.use(signal, async ({ tenancy, key }) => {
          const { hosts } = around;
          const cloud = new Cloud({ api, hosts, region: config.region, key, now: () => clock.now(), signal });
          const compartments =
            config.compartments.length > 0 ? config.compartments : await allCompartments(cloud, tenancy, logger);
          const lists = await concurrently(compartments, requestsMax, (compartmentId) =>
            cloud.all("iaas", "/instances", { compartmentId }),
          );
          const targets = await concurrently(lists.flat(), requestsMax, async (instance) =>
            instanceTargets(instance, await primaryVnic(cloud, instance, logger), { port: config.port, tenancy }),
          );
          return [{ source: "OCI", targets: targets.flat(), labels: {} }];
        });
    },
  });
}

type CloudOptions = {
  readonly api: ApiClient;
  readonly hosts: OciHosts;
  readonly region: string;
  readonly key: OciKey;
  readonly now: () => number;
  readonly signal: AbortSignal;
};

class Cloud {
  readonly #options: CloudOptions;

  constructor(options: CloudOptions) {
    this.#options = options;
  }

  async one(path: string): Promise<Json> {
    return (await this.#ask(this.#url("iaas", path, {}))).json;
  }

  all(service: "iaas" | "identity", path: string, query: Record<string, string>): Promise<Json[]> {
    return allPages(async (page) => {
      const paged = { ...query, limit: "100", ...(page === "" ? {} : { page }) };
      const { json, headers } = await this.#ask(this.#url(service, path, paged));
      return { items: json.list(), next: String(headers["opc-next-page"] ?? "") };
    });
  }

  #url(service: "iaas" | "identity", path: string, query: Record<string, string>): URL {
    return apiUrl(this.#options.hosts(service, this.#options.region), `${version}${path}`, query);
  }

  #ask(url: URL): ReturnType<ApiClient["ask"]> {
    const { api, key, now, signal } = this.#options;
    return api.ask({ url, headers: ociHeaders({ method: "GET", url, timeMs: now() }, key), signal });
  }
}

/** The tenancy itself and all below it. What may not be listed is passed over with its subtree. */
async function allCompartments(cloud: Cloud, tenancy: string, logger: Logger): Promise<string[]> {
  const found = new Set([tenancy]);
  for (let level = [tenancy]; level.length > 0; ) {
    const children = await concurrently(level, requestsMax, (compartment) => childrenOf(cloud, compartment, logger));
    level = children.flat().filter((child) => !found.has(child));
    for (const child of level) found.add(child);
  }
  return [...found];
}

async function childrenOf(cloud: Cloud, compartmentId: string, logger: Logger): Promise<string[]> {
  const query = { compartmentId, accessLevel: "ACCESSIBLE", compartmentIdInSubtree: "false" };
  try {
    const children = await cloud.all("identity", "/compartments", query);
    return children
      .filter((child) => child.at("lifecycleState").text() === "ACTIVE")
      .map((child) => child.at("id").text());
  } catch (error) {
    // Differs: see docs/compatibility.md#service-discovery
    if (!isRefusal(error)) throw error;
    logger.warn({ err: error, compartment_id: compartmentId }, "OCI SD failed to list child compartments");
    return [];
  }
}

async function primaryVnic(cloud: Cloud, instance: Json, logger: Logger): Promise<Json | undefined> {
  const id = instance.at("id").text();
  try {
    const query = { compartmentId: instance.at("compartmentId").text(), instanceId: id };
    for (const attachment of await cloud.all("iaas", "/vnicAttachments", query)) {
      const vnicId = attachment.at("vnicId").text();
      if (vnicId === "" || attachment.at("lifecycleState").text() !== "ATTACHED") continue;
      const vnic = await cloud.one(`/vnics/${encodeURIComponent(vnicId)}`);
      if (vnic.at("isPrimary").flag()) return vnic;
    }
  } catch (error) {
    if (!isRefusal(error)) throw error;
    logger.warn({ err: error, instance_id: id }, "OCI SD failed to resolve VNIC IPs, skipping instance");
  }
  return undefined;
}

const prefix = "__meta_oci_";

function instanceTargets(
  instance: Json,
  vnic: Json | undefined,
  { port, tenancy }: { readonly port: number; readonly tenancy: string },
): Record<string, string>[] {
  const privateIp = vnic?.at("privateIp").text() ?? "";
  const publicIp = vnic?.at("publicIp").text() ?? "";
  const address = privateIp || publicIp;
  if (address === "") return [];
  const text = (field: string): string => instance.at(field).text();
  const labels = {
    instance_id: text("id"),
    instance_name: text("displayName"),
    instance_state: text("lifecycleState"),
    instance_shape: text("shape"),
    availability_domain: text("availabilityDomain"),
    fault_domain: text("faultDomain"),
    region: text("region"),
    tenancy_id: tenancy,
    compartment_id: text("compartmentId"),
    image_id: text("imageId"),
    vnic_id: vnic?.at("id").text() ?? "",
    private_ip: privateIp,
    public_ip: publicIp,
    hostname_label: vnic?.at("hostnameLabel").text() ?? "",
    ipv6_addresses: joinTags(vnic?.at("ipv6Addresses").textList() ?? []),
  };
  return [
    {
      __address__: joinHostPort(address, port),
      ...prefixedLabels(prefix, labels),
      ...prefixedLabels(`${prefix}tag_`, instance.at("freeformTags").texts()),
      ...definedTags(instance.at("definedTags")),
    },
  ];
}

/** Scalars alone; a list or an object makes no label's value. */
function definedTags(tags: Json): Record<string, string> {
  const pairs = tags.fields().flatMap(([space, values]) =>
    values
      .fields()
      .filter(([, value]) => ["string", "number", "boolean"].includes(typeof value.raw))
      .map(([name, value]) => [
        `${prefix}defined_tag_${sanitizeLabelName(space)}_${sanitizeLabelName(name)}`,
        value.print(),
      ]),
  );
  return Object.fromEntries(pairs) as Record<string, string>;
}
