// dns_sd_configs: names to look up. Goes to: dns/provider.
import { d } from "@narthex/service";
import { portField, refreshField, type SdSection } from "../../config/sd-section.js";

export const dnsTypes = ["SRV", "A", "AAAA", "MX", "NS"] as const;
export type DnsType = (typeof dnsTypes)[number];

export type DnsSdConfig = {
  readonly names: readonly string[];
  readonly refresh_interval: number;
  readonly type: DnsType;
  readonly port: number;
};

const shape = {
  names: d.withDefault(d.list(d.string), []),
  refresh_interval: refreshField(30_000),
  type: d.withDefault(d.string, "SRV"),
  port: portField(0),
};

export const dnsSd: SdSection<DnsSdConfig> = {
  decoder: d.refine(d.object("dns.plain", shape), (config, fail) => {
    if (config.names.length === 0) fail("DNS-SD config must contain at least one SRV record name");
    const type = dnsTypes.find((known) => known === config.type.toUpperCase());
    if (type === undefined) return fail(`invalid DNS-SD records type ${config.type}`);
    if (type !== "SRV" && config.port === 0)
      fail("a port is required in DNS-SD configs for all record types except SRV");
    return { ...config, type };
  }),
  withPaths: (config) => config,
};
