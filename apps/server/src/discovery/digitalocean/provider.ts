// digitalocean_sd_configs: the account's droplets or databases (docs.digitalocean.com/reference/api/). Goes to: discovery/manager.
import { apiUrl } from "../api-client.js";
import type { Json } from "../json.js";
import { joinHostPort, joinTags, prefixedLabels } from "../label-name.js";
import { allPages } from "../pages.js";
import type { Provider } from "../provider.js";
import { apiProvider } from "../refresh.js";
import type { DigitaloceanSdConfig } from "./config.js";

export const digitaloceanProvider: Provider<DigitaloceanSdConfig> =
  digitaloceanProviderAt("https://api.digitalocean.com");

export function digitaloceanProviderAt(base: string): Provider<DigitaloceanSdConfig> {
  return apiProvider<DigitaloceanSdConfig>({
    name: "digitalocean",
    async list({ port, role }, api, signal) {
      const isDatabase = role === "databases";
      const field = isDatabase ? "databases" : "droplets";
      const items = await allPages(async (next) => {
        const page = Number(next || 1);
        const url = apiUrl(base, `/v2/${field}`, { page: String(page), per_page: "200" });
        const answer = await api.json({ url, signal });
        const isLast = answer.at("links", "pages", "next").isNull;
        return { items: answer.at(field).list(), next: isLast ? "" : String(page + 1) };
      });
      const targetsOf = isDatabase ? databaseTargets : dropletTargets;
      const source = isDatabase ? "DigitalOcean_Database" : "DigitalOcean";
      return [{ source, targets: items.flatMap((one) => targetsOf(one, port)), labels: {} }];
    },
  });
}

const prefix = "__meta_digitalocean_";

function databaseTargets(database: Json, port: number): Record<string, string>[] {
  const host = database.at("connection", "host").text();
  const privateHost = database.at("private_connection", "host").text();
  // A cluster that is being made has no host yet.
  if (host === "" && privateHost === "") return [];
  const text = (field: string): string => database.at(field).text();
  const labels = {
    id: text("id"),
    name: text("name"),
    engine: text("engine"),
    version: text("version"),
    status: text("status"),
    region: text("region"),
    size: text("size"),
    num_nodes: database.at("num_nodes").print(),
    host,
    private_host: privateHost,
  };
  const tags = database.at("tags").textList();
  return [
    {
      __address__: joinHostPort(privateHost || host, port),
      ...prefixedLabels(`${prefix}db_`, labels),
      ...prefixedLabels(`${prefix}db_tag_`, Object.fromEntries(tags.map((tag) => [tag, "true"]))),
    },
  ];
}

function dropletTargets(droplet: Json, port: number): Record<string, string>[] {
  const v4 = droplet.at("networks", "v4").list();
  // A droplet that is being made has no address yet.
  if (v4.length === 0) return [];
  const publicIp = addressOf(v4, "public");
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
    features: joinTags(droplet.at("features").textList()),
    tags: joinTags(droplet.at("tags").textList()),
  };
  return [{ __address__: joinHostPort(publicIp, port), ...prefixedLabels(prefix, labels) }];
}

function addressOf(networks: readonly Json[], type: string): string {
  return (
    networks
      .find((network) => network.at("type").text() === type)
      ?.at("ip_address")
      .text() ?? ""
  );
}
