// The addresses of the machine's network devices, as labels.
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";

export type AddressLabels = {
  readonly device: string;
  readonly address: string;
  readonly netmask: string;
  readonly scope: string;
};

export function* interfaceAddresses(): Generator<AddressLabels> {
  for (const [device, infos] of Object.entries(networkInterfaces())) {
    for (const info of infos ?? []) {
      const netmask = info.cidr?.split("/")[1] ?? "";
      yield { device, address: info.address, netmask, scope: scopeOf(info) };
    }
  }
}

function scopeOf({ address, family }: NetworkInterfaceInfo): string {
  const isLinkLocal = family === "IPv4" ? address.startsWith("169.254.") : /^fe[89ab]/i.test(address);
  if (isLinkLocal) return "link-local";
  return address.startsWith("127.") || address === "::1" ? "" : "global";
}
