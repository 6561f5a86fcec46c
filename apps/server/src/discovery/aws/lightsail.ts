// lightsail_sd_configs: instances of one region (docs.aws.amazon.com/lightsail/2016-11-28/api-reference/API_GetInstances.html).
// Goes to: discovery/manager.
import { type Json, parseJson } from "../json.js";
import { joinHostPort, joinTags, prefixedLabels } from "../label-name.js";
import { allPages } from "../pages.js";
import type { Provider } from "../provider.js";
import { awsProvider } from "./client.js";
import type { AwsSdConfig } from "./config.js";
import { type AwsSurroundings, awsSurroundings } from "./surroundings.js";

const prefix = "__meta_lightsail_";

export const lightsailProvider: Provider<AwsSdConfig> = lightsailProviderIn(awsSurroundings);

export function lightsailProviderIn(around: AwsSurroundings): Provider<AwsSdConfig> {
  return awsProvider<AwsSdConfig>(
    {
      name: "lightsail",
      async list(client, { config, region }) {
        const headers = {
          "content-type": "application/x-amz-json-1.1",
          "x-amz-target": "Lightsail_20161128.GetInstances",
        };
        const instances = await allPages(async (next) => {
          const body = JSON.stringify(next === "" ? {} : { pageToken: next });
          const answer = parseJson(await client({ headers, body }));
          return { items: answer.at("instances").list(), next: answer.at("nextPageToken").text() };
        });
        const targets = instances.flatMap((one) => instanceTargets(one, config, region));
        return { source: region, targets, labels: {} };
      },
    },
    around,
  );
}

function instanceTargets(instance: Json, { port }: AwsSdConfig, region: string): Record<string, string>[] {
  const ip = instance.at("privateIpAddress").text();
  if (ip === "") return [];
  const labels = {
    availability_zone: instance.at("location", "availabilityZone").text(),
    blueprint_id: instance.at("blueprintId").text(),
    bundle_id: instance.at("bundleId").text(),
    instance_name: instance.at("name").text(),
    instance_state: instance.at("state", "name").text(),
    instance_support_code: instance.at("supportCode").text(),
    private_ip: ip,
    public_ip: instance.at("publicIpAddress").text(),
    region,
    ipv6_addresses: joinTags(
      instance
        .at("ipv6Addresses")
        .list()
        .map((address) => address.text()),
    ),
  };
  const tags = instance
    .at("tags")
    .list()
    .map((tag) => [tag.at("key").text(), tag.at("value").text()]);
  return [
    {
      __address__: joinHostPort(ip, port),
      ...prefixedLabels(prefix, labels),
      ...prefixedLabels(`${prefix}tag_`, Object.fromEntries(tags) as Record<string, string>),
    },
  ];
}
