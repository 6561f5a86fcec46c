// linode_sd_configs: the account's instances with their addresses (techdocs.akamai.com/linode-api).
// Goes to: discovery/manager.
import { apiUrl } from "../api-client.js";
import type { Json } from "../json.js";
import { joinHostPort, joinTags, prefixedLabels } from "../label-name.js";
import { allPages } from "../pages.js";
import type { Provider } from "../provider.js";
import { apiProvider } from "../refresh.js";
import type { LinodeSdConfig } from "./config.js";

const bytesPerMegabyte = 2 ** 20;

export const linodeProvider: Provider<LinodeSdConfig> = linodeProviderAt("https://api.linode.com");

export function linodeProviderAt(base: string): Provider<LinodeSdConfig> {
  return apiProvider<LinodeSdConfig>({
    name: "linode",
    async list(config, api, signal) {
      const headers: Record<string, string> =
        config.region === "" ? {} : { "x-filter": JSON.stringify({ region: config.region }) };
      const all = (path: string): Promise<Json[]> =>
        allPages(async (next) => {
          const page = Number(next || 1);
          const url = apiUrl(base, path, { page: String(page), page_size: "500" });
          const answer = await api.json({ url, headers, signal });
          const isLast = page >= answer.at("pages").number();
          return { items: answer.at("data").list(), next: isLast ? "" : String(page + 1) };
        });
      const instances = await all("/v4/linode/instances");
      const addresses = await all("/v4/networking/ips");
      const ranges = await all("/v4/networking/ipv6/ranges");
      const targets = instances.flatMap((instance) => instanceTargets(instance, { config, addresses, ranges }));
      return [{ source: "Linode", targets, labels: {} }];
    },
    countFailure: (metrics) => metrics.linodeFailures.inc(),
  });
}

type Networking = {
  readonly config: LinodeSdConfig;
  readonly addresses: readonly Json[];
  readonly ranges: readonly Json[];
};

/** An instance without an IPv4 address is no target. */
function instanceTargets(instance: Json, { config, addresses, ranges }: Networking): Record<string, string>[] {
  const own = addressesOf(instance, addresses);
  if (instance.at("ipv4").list().length === 0) return [];
  const slaac = instance.at("ipv6").text().split("/")[0] ?? "";
  const ipv6Ranges = ranges
    .filter((range) => range.at("route_target").text() === slaac)
    .map((range) => `${range.at("range").text()}/${range.at("prefix").print()}`);
  const separator = config.tag_separator;
  const tags = instance
    .at("tags")
    .list()
    .map((tag) => tag.text());
  const specs = instance.at("specs");
  const labels = {
    instance_id: instance.at("id").print(),
    instance_label: instance.at("label").text(),
    image: instance.at("image").text(),
    ...own.labels,
    region: instance.at("region").text(),
    type: instance.at("type").text(),
    status: instance.at("status").text(),
    group: instance.at("group").text(),
    gpus: String(specs.at("gpus").number()),
    hypervisor: instance.at("hypervisor").text(),
    backups: instance.at("backups", "enabled").flag() ? "enabled" : "disabled",
    specs_disk_bytes: String(specs.at("disk").number() * bytesPerMegabyte),
    specs_memory_bytes: String(specs.at("memory").number() * bytesPerMegabyte),
    specs_vcpus: String(specs.at("vcpus").number()),
    specs_transfer_bytes: String(specs.at("transfer").number() * bytesPerMegabyte),
    tags: joinTags(tags, separator),
    extra_ips: joinTags(own.extra, separator),
    ipv6_ranges: joinTags(ipv6Ranges, separator),
  };
  return [
    { __address__: joinHostPort(own.labels.public_ipv4, config.port), ...prefixedLabels("__meta_linode_", labels) },
  ];
}

type OwnAddresses = {
  readonly labels: {
    readonly public_ipv4: string;
    readonly public_ipv4_rdns: string;
    readonly private_ipv4: string;
    readonly private_ipv4_rdns: string;
    readonly public_ipv6: string;
    readonly public_ipv6_rdns: string;
  };
  /** Of IPv4 beyond the first public and the first private one. */
  readonly extra: readonly string[];
};

function addressesOf(instance: Json, addresses: readonly Json[]): OwnAddresses {
  const id = instance.at("id").number();
  const mine = addresses.filter((one) => one.at("linode_id").number() === id);
  const ofType = (type: string, isPublic: boolean): Json[] =>
    mine.filter((one) => one.at("type").text() === type && one.at("public").flag() === isPublic);
  const listed = instance
    .at("ipv4")
    .list()
    .map((ip) => ip.text());
  const ipv4 = [...ofType("ipv4", true), ...ofType("ipv4", false)].filter((one) =>
    listed.includes(one.at("address").text()),
  );
  const [open] = ipv4.filter((one) => one.at("public").flag());
  const [closed] = ipv4.filter((one) => !one.at("public").flag());
  const slaac = instance.at("ipv6").text().split("/")[0] ?? "";
  const six = mine.find((one) => one.at("address").text() === slaac);
  return {
    labels: {
      public_ipv4: open?.at("address").text() ?? "",
      public_ipv4_rdns: rdnsOf(open),
      private_ipv4: closed?.at("address").text() ?? "",
      private_ipv4_rdns: rdnsOf(closed),
      public_ipv6: slaac,
      public_ipv6_rdns: rdnsOf(six),
    },
    extra: ipv4.filter((one) => one !== open && one !== closed).map((one) => one.at("address").text()),
  };
}

/** The API says "null" as text where there is no name. */
function rdnsOf(address: Json | undefined): string {
  const name = address?.at("rdns").text() ?? "";
  return name === "null" ? "" : name;
}
