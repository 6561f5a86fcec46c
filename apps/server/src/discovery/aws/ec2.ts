// ec2_sd_configs: instances of one region, at their private addresses
// (docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html). Goes to: discovery/manager.
import { joinHostPort, joinTags, prefixedLabels } from "../label-name.js";
import { allPages } from "../pages.js";
import type { Provider } from "../provider.js";
import type { Xml } from "../xml.js";
import { type AwsClient, awsProvider, filterParameters, query } from "./client.js";
import type { Ec2SdConfig } from "./config.js";
import { type AwsSurroundings, awsSurroundings } from "./surroundings.js";

const prefix = "__meta_ec2_";

export const ec2Provider: Provider<Ec2SdConfig> = ec2ProviderIn(awsSurroundings);

export function ec2ProviderIn(around: AwsSurroundings): Provider<Ec2SdConfig> {
  return awsProvider<Ec2SdConfig>(
    {
      name: "ec2",
      async list(client, { config, region }) {
        const zones = await zoneIds(client);
        const filters = filterParameters(config.filters, { prefix: "Filter", value: "Value" });
        const reservations = await describeInstances(client, filters);
        const targets = reservations.flatMap((one) => reservationTargets(one, { config, region, zones }));
        return { source: region, targets, labels: {} };
      },
    },
    around,
  );
}

/** The reservations of all pages. */
export function describeInstances(client: AwsClient, parameters: Record<string, string>): Promise<Xml[]> {
  return allPages(async (next) => {
    const paged = { ...parameters, ...(next === "" ? {} : { NextToken: next }) };
    const answer = await ask(client, "DescribeInstances", paged);
    return { items: answer.items("reservationSet"), next: answer.text("nextToken") };
  });
}

/** Of EC2, whichever service's client it is. */
export function ask(client: AwsClient, action: string, parameters: Record<string, string>): Promise<Xml> {
  return query(client, { action, version: "2016-11-15", parameters, service: "ec2" });
}

async function zoneIds(client: AwsClient): Promise<ReadonlyMap<string, string>> {
  const answer = await ask(client, "DescribeAvailabilityZones", {});
  const zones = answer.items("availabilityZoneInfo");
  return new Map(zones.map((zone) => [zone.text("zoneName"), zone.text("zoneId")]));
}

type Region = {
  readonly config: Ec2SdConfig;
  readonly region: string;
  readonly zones: ReadonlyMap<string, string>;
};

function reservationTargets(reservation: Xml, scope: Region): Record<string, string>[] {
  const instances = reservation.items("instancesSet").filter((instance) => instance.text("privateIpAddress") !== "");
  return instances.map((instance) => instanceTarget(instance, reservation.text("ownerId"), scope));
}

function instanceTarget(instance: Xml, owner: string, { config, region, zones }: Region): Record<string, string> {
  const zone = instance.text("placement", "availabilityZone");
  const ip = instance.text("privateIpAddress");
  const labels = {
    instance_id: instance.text("instanceId"),
    region,
    owner_id: owner,
    private_ip: ip,
    private_dns_name: instance.text("privateDnsName"),
    platform: instance.text("platform"),
    public_ip: instance.text("ipAddress"),
    public_dns_name: instance.text("ipAddress") === "" ? "" : instance.text("dnsName"),
    ami: instance.text("imageId"),
    availability_zone: zone,
    availability_zone_id: zones.get(zone) ?? "",
    instance_state: instance.text("instanceState", "name"),
    instance_type: instance.text("instanceType"),
    instance_lifecycle: instance.text("instanceLifecycle"),
    architecture: instance.text("architecture"),
    vpc_id: instance.text("vpcId"),
    ...networkLabels(instance),
  };
  const tags = instance.items("tagSet").map((tag) => [tag.text("key"), tag.text("value")]);
  return {
    __address__: joinHostPort(ip, config.port),
    ...prefixedLabels(prefix, labels),
    ...prefixedLabels(`${prefix}tag_`, Object.fromEntries(tags) as Record<string, string>),
  };
}

/** An instance in a VPC has its subnets and IPv6 addresses at its interfaces. */
function networkLabels(instance: Xml): Record<string, string> {
  if (instance.text("vpcId") === "") return {};
  const interfaces = instance.items("networkInterfaceSet");
  const addresses = interfaces.flatMap((one) => one.items("ipv6AddressesSet"));
  const texts = (nodes: readonly Xml[]): string[] => nodes.map((node) => node.text("ipv6Address"));
  const primary = addresses.filter((node) => node.text("isPrimaryIpv6") === "true");
  return {
    primary_subnet_id: instance.text("subnetId"),
    subnet_id: joinTags([...new Set(interfaces.map((one) => one.text("subnetId")))]),
    ipv6_addresses: joinTags(texts(addresses)),
    primary_ipv6_addresses: joinTags(texts(primary)),
    default_ipv6_address: instance.text("ipv6Address"),
  };
}
