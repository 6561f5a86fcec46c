// digitalocean_sd_configs: the account's droplets (docs.digitalocean.com/reference/api/). Goes to: discovery/manager.
import { apiUrl, pagesMax } from "../api-client.js";
import type { Json } from "../json.js";
import { joinHostPort, joinTags, prefixedLabels } from "../label-name.js";
import type { Provider } from "../provider.js";
import { apiProvider } from "../refresh.js";
import type { DigitaloceanSdConfig } from "./config.js";

export const digitaloceanProvider: Provider<DigitaloceanSdConfig> =
  digitaloceanProviderAt("https://api.digitalocean.com");

export function digitaloceanProviderAt(base: string): Provider<DigitaloceanSdConfig> {
  return apiProvider<DigitaloceanSdConfig>({
    name: "digitalocean",
    async list({ port }, api, signal) {
      const droplets: Json[] = [];
      for (let page = 1; page <= pagesMax; page++) {
        const url = apiUrl(base, "/v2/droplets", { page: String(page), per_page: "200" });
        const answer = await api.json({ url, signal });
        droplets.push(...answer.at("droplets").list());
        if (answer.at("links", "pages", "next").isNull) break;
      }
      return [{ source: "DigitalOcean", targets: droplets.flatMap((one) => dropletTargets(one, port)), labels: {} }];
    },
  });
}

function dropletTargets(droplet: Json, port: number): Record<string, string>[] {
  const v4 = droplet.at("networks", "v4").list();
  // A droplet that is being made has no address yet.
  if (v4.length === 0) return [];
  const publicIp = addressOf(v4, "public");
  const texts = (field: string): string[] =>
    droplet
      .at(field)
      .list()
      .map((one) => one.text());
  const labels = {
    droplet_id: droplet.at("id").print(),
    droplet_name: droplet.at("name").text(),
    image: droplet.at("image", "slug").text(),
    image_name: droplet.at("image", "name").text(),
    private_ipv4: addressOf(v4, "private"),
    public_ipv4: publicIp,
    public_ipv6: addressOf(droplet.at("networks", "v6").list(), "public"),
    region: droplet.at("region", "slug").text(),
    size: droplet.at("size_slug").text(),
    status: droplet.at("status").text(),
    vpc: droplet.at("vpc_uuid").text(),
    features: joinTags(texts("features")),
    tags: joinTags(texts("tags")),
  };
  return [{ __address__: joinHostPort(publicIp, port), ...prefixedLabels("__meta_digitalocean_", labels) }];
}

function addressOf(networks: readonly Json[], type: string): string {
  return (
    networks
      .find((network) => network.at("type").text() === type)
      ?.at("ip_address")
      .text() ?? ""
  );
}
