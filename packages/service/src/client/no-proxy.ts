// no_proxy and NO_PROXY: which hosts are called without a proxy, by the rules of Go's httpproxy.
// "*" is all; "10.0.0.0/8" a network; "10.0.0.1" an address; "example.org" a domain and what is below it;
// ".example.org" only what is below it; a port after any but the first two narrows it to that port.
import { BlockList, isIP } from "node:net";

type Match = (host: string, port: string) => boolean;

/** Whether `url` goes without a proxy. Local addresses always do. */
export function noProxyRules(text: string): (url: URL) => boolean {
  const entries = text.split(",").map((entry) => entry.trim().toLowerCase());
  if (entries.includes("*")) return () => true;
  const matches = entries.filter((entry) => entry !== "").map(matchFrom);
  return (url) => {
    const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
    const port = url.port || (url.protocol === "https:" ? "443" : "80");
    return isLocal(host) || matches.some((match) => match(host, port));
  };
}

const local = new BlockList();
local.addSubnet("127.0.0.0", 8, "ipv4");
local.addAddress("::1", "ipv6");

function isLocal(host: string): boolean {
  return host === "localhost" || isListed(local, host);
}

function isListed(list: BlockList, host: string): boolean {
  const version = isIP(host);
  return version !== 0 && list.check(host, version === 4 ? "ipv4" : "ipv6");
}

function matchFrom(entry: string): Match {
  const subnet = subnetFrom(entry);
  if (subnet) return (host) => isListed(subnet, host);
  const { name, port } = splitPort(entry);
  const list = new BlockList();
  const version = isIP(name);
  if (version !== 0) list.addAddress(name, version === 4 ? "ipv4" : "ipv6");
  const isName = version === 0 ? nameMatch(name) : (host: string) => isListed(list, host);
  return (host, hostPort) => (port === "" || port === hostPort) && isName(host);
}

function subnetFrom(entry: string): BlockList | undefined {
  const match = /^([0-9a-f:.]+)\/(\d{1,3})$/.exec(entry);
  const version = isIP(match?.[1] ?? "");
  const bits = Number(match?.[2]);
  if (!match || version === 0 || bits > (version === 4 ? 32 : 128)) return undefined;
  const list = new BlockList();
  list.addSubnet(match[1] as string, bits, version === 4 ? "ipv4" : "ipv6");
  return list;
}

function splitPort(entry: string): { name: string; port: string } {
  if (isIP(entry) === 6) return { name: entry, port: "" };
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(entry);
  return match ? { name: match[1] ?? match[2] ?? "", port: match[3] ?? "" } : { name: entry, port: "" };
}

function nameMatch(name: string): (host: string) => boolean {
  const below = name.startsWith("*.") ? name.slice(1) : name;
  if (below.startsWith(".")) return (host) => host.endsWith(below);
  return (host) => host === below || host.endsWith(`.${below}`);
}
