// Hosts of a region's services: most regions are of one realm. Goes to: oci/provider, oci/principal.

const realms: readonly (readonly [regions: RegExp, domain: string])[] = [
  [/^us-(langley|luke)-1$/, "oraclegovcloud.com"],
  [/^us-gov-/, "oraclegovcloud.com"],
  [/^uk-gov-/, "oraclegovcloud.uk"],
  [/^ap-(chiyoda|ibaraki)-1$/, "oraclecloud8.com"],
  [/^me-dcc-muscat-1$/, "oraclecloud9.com"],
  [/^ap-dcc-canberra-1$/, "oraclecloud10.com"],
  [/^eu-dcc-/, "oraclecloud14.com"],
  [/^eu-(frankfurt|madrid)-2$/, "oraclecloud.eu"],
];

export type OciHosts = (service: "iaas" | "identity" | "auth", region: string) => string;

export const ociHosts: OciHosts = (service, region) => {
  const domain = realms.find(([regions]) => regions.test(region))?.[1] ?? "oraclecloud.com";
  return `https://${service}.${region}.${domain}`;
};
