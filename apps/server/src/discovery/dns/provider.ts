// dns_sd_configs: addresses and services as DNS records. One target group for each configured name, each with its own
// last good list. Comes from: the servers of /etc/resolv.conf. Goes to: discovery/manager.
import { Resolver } from "node:dns/promises";
import { candidateNames, readSearchList, type SearchList } from "@narthex/service";
import { joinHostPort } from "../label-name.js";
import type { Provider, ProviderWorld, TargetGroup } from "../provider.js";
import { refreshRegularly } from "../refresh.js";
import type { DnsSdConfig, DnsType } from "./config.js";

/** What lookups go through: node's resolver, or one with other servers. */
export type DnsNetwork = { readonly resolver: Resolver; readonly search: SearchList };

export const dnsProvider: Provider<DnsSdConfig> = dnsProviderOn(() => ({
  resolver: new Resolver(),
  search: readSearchList(),
}));

/** `open` is called when the provider starts. */
export function dnsProviderOn(open: () => DnsNetwork): Provider<DnsSdConfig> {
  return {
    name: "dns",
    start(config, world) {
      const network = open();
      const groups = new Map<string, TargetGroup>();
      const refresh = async (): Promise<TargetGroup[]> => {
        const found = config.names.map((name) => refreshName(name, { config, network, world }));
        for (const group of await Promise.all(found)) if (group) groups.set(group.source, group);
        return [...groups.values()];
      };
      const stop = refreshRegularly({ intervalMs: config.refresh_interval, world, refresh });
      return () => {
        stop();
        network.resolver.cancel();
      };
    },
  };
}

type Lookup = { readonly config: DnsSdConfig; readonly network: DnsNetwork; readonly world: ProviderWorld };

/** Undefined, after a log line, where no server can tell: the name's last good list stands. */
async function refreshName(name: string, { config, network, world }: Lookup): Promise<TargetGroup | undefined> {
  world.metrics.dnsLookups.inc();
  try {
    const records = await lookUp(name, config.type, network);
    const targets = records.map(({ host, port, labels }) => ({
      __address__: joinHostPort(host, port ?? config.port),
      __meta_dns_name: name,
      ...labels,
    }));
    return { source: name, targets, labels: {} };
  } catch (error) {
    world.metrics.dnsLookupFailures.inc();
    world.logger.error({ err: error, name }, "Error refreshing DNS targets");
    return undefined;
  }
}

type DnsRecord = {
  readonly host: string;
  readonly port?: number;
  readonly labels: Readonly<Record<string, string>>;
};

/** Answers that say the name or the record is not there, and nothing else. */
const absent = new Set(["ENOTFOUND", "ENODATA"]);

/** The first candidate with records. No record anywhere is an empty list; a server that fails is an Error. */
async function lookUp(name: string, type: DnsType, { resolver, search }: DnsNetwork): Promise<DnsRecord[]> {
  let failure: unknown;
  for (const candidate of candidateNames(name, search)) {
    try {
      const records = await lookups[type](resolver, candidate);
      if (records.length > 0) return records;
    } catch (error) {
      if (!absent.has((error as NodeJS.ErrnoException).code ?? "")) failure = error;
    }
  }
  if (failure !== undefined) throw new Error(`could not resolve ${JSON.stringify(name)}`, { cause: failure });
  return [];
}

type LookupOf = (resolver: Resolver, name: string) => Promise<DnsRecord[]>;

const lookups: Readonly<Record<DnsType, LookupOf>> = {
  A: async (resolver, name) => (await resolver.resolve4(name)).map((host) => ({ host, labels: {} })),
  AAAA: async (resolver, name) => (await resolver.resolve6(name)).map((host) => ({ host, labels: {} })),
  SRV: async (resolver, name) =>
    (await resolver.resolveSrv(name)).map((record) => ({
      host: record.name,
      port: record.port,
      labels: {
        __meta_dns_srv_record_target: fullName(record.name),
        __meta_dns_srv_record_port: String(record.port),
      },
    })),
  MX: async (resolver, name) =>
    (await resolver.resolveMx(name)).map(({ exchange }) => ({
      host: exchange,
      labels: { __meta_dns_mx_record_target: fullName(exchange) },
    })),
  NS: async (resolver, name) =>
    (await resolver.resolveNs(name)).map((host) => ({
      host,
      labels: { __meta_dns_ns_record_target: fullName(host) },
    })),
};

/** As it stands in the record. The resolver drops the last dot, which Prometheus' labels keep. */
function fullName(name: string): string {
  return name.endsWith(".") ? name : `${name}.`;
}
