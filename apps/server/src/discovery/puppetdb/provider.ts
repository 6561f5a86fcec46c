// puppetdb_sd_configs: a target for each resource that a PQL query finds
// (puppet.com/docs/puppetdb/latest/api/query/v4/resources.html). Goes to: discovery/manager.
import { apiUrl } from "../api-client.js";
import type { Json } from "../json.js";
import { joinHostPort, joinTags, prefixedLabels, sanitizeLabelName } from "../label-name.js";
import type { Provider } from "../provider.js";
import { apiProvider } from "../refresh.js";
import type { PuppetdbSdConfig } from "./config.js";

export const puppetdbProvider: Provider<PuppetdbSdConfig> = apiProvider<PuppetdbSdConfig>({
  name: "puppetdb",
  async list(config, api, signal) {
    const { query } = config;
    const url = apiUrl(config.url, "/pdb/query/v4");
    const headers = { "content-type": "application/json" };
    const answer = await api.json({ url, method: "POST", headers, body: JSON.stringify({ query }), signal });
    const source = `${url.href}?query=${query}`;
    return [{ source, targets: answer.list().map((resource) => targetOf(resource, config)), labels: {} }];
  },
});

function targetOf(resource: Json, { query, port, include_parameters }: PuppetdbSdConfig): Record<string, string> {
  const tags = resource
    .at("tags")
    .list()
    .map((tag) => tag.text());
  const labels = {
    query,
    certname: resource.at("certname").text(),
    resource: resource.at("resource").text(),
    type: resource.at("type").text(),
    title: resource.at("title").text(),
    exported: String(resource.at("exported").flag()),
    file: resource.at("file").text(),
    environment: resource.at("environment").text(),
    tags: joinTags(tags),
  };
  return {
    __address__: joinHostPort(labels.certname, port),
    ...prefixedLabels("__meta_puppetdb_", labels),
    ...(include_parameters ? parameterLabels("__meta_puppetdb_parameter_", resource.at("parameters")) : {}),
  };
}

/** Objects become labels of their fields, lists of plain values one text; the rest has no text. */
function parameterLabels(prefix: string, parameters: Json): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [name, value] of parameters.fields()) {
    const { raw } = value;
    if (Array.isArray(raw)) Object.assign(labels, prefixedLabels(prefix, { [name]: joinTags(raw.map(printPlain)) }));
    else if (typeof raw === "object")
      Object.assign(labels, parameterLabels(`${prefix}${sanitizeLabelName(name)}_`, value));
    else Object.assign(labels, prefixedLabels(prefix, { [name]: value.print() }));
  }
  return labels;
}

function printPlain(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}
