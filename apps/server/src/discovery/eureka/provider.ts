// eureka_sd_configs: instances of the applications of a Eureka registry
// (github.com/Netflix/eureka/wiki/Eureka-REST-operations). Asked for JSON, where numbers and flags stand beside "$" and
// "@" as they did in XML, and a list of one may be no list. Goes to: discovery/manager.
import { apiUrl } from "../api-client.js";
import type { Json } from "../json.js";
import { joinHostPort, prefixedLabels } from "../label-name.js";
import type { Provider } from "../provider.js";
import { apiProvider } from "../refresh.js";
import type { EurekaSdConfig } from "./config.js";

const prefix = "__meta_eureka_app_instance_";
/** Of an instance that names no port. */
const defaultPort = 80;

export const eurekaProvider: Provider<EurekaSdConfig> = apiProvider<EurekaSdConfig>({
  name: "eureka",
  async list(config, api, signal) {
    const answer = await api.json({ url: apiUrl(config.server, "/apps"), signal });
    return answer
      .at("applications", "application")
      .listOrOne()
      .map((application) => {
        const name = application.at("name").text();
        const instances = application.at("instance").listOrOne();
        return { source: name, targets: instances.map(targetOf), labels: { __meta_eureka_app_name: name } };
      });
  },
});

function targetOf(instance: Json): Record<string, string> {
  const hostname = instance.at("hostName").text();
  const port = instance.at("port");
  const labels = {
    hostname,
    homepage_url: instance.at("homePageUrl").text(),
    statuspage_url: instance.at("statusPageUrl").text(),
    healthcheck_url: instance.at("healthCheckUrl").text(),
    ip_addr: instance.at("ipAddr").text(),
    vip_address: instance.at("vipAddress").text(),
    secure_vip_address: instance.at("secureVipAddress").text(),
    status: instance.at("status").text(),
    country_id: instance.at("countryId").print(),
    id: instance.at("instanceId").text(),
    ...portLabels("port", port),
    ...portLabels("secure_port", instance.at("securePort")),
    datacenterinfo_name: instance.at("dataCenterInfo", "name").text(),
  };
  return {
    __address__: joinHostPort(hostname, port.at("$").isNull ? defaultPort : port.at("$").print()),
    instance: labels.id,
    ...prefixedLabels(prefix, labels),
    ...prefixedLabels(`${prefix}datacenterinfo_`, textsOf(instance.at("dataCenterInfo", "metadata"))),
    ...prefixedLabels(`${prefix}metadata_`, textsOf(instance.at("metadata"))),
  };
}

function portLabels(name: string, port: Json): Record<string, string> {
  return port.isNull ? {} : { [name]: port.at("$").print(), [`${name}_enabled`]: port.at("@enabled").print() };
}

/** "@class" says how Java read it. */
function textsOf(metadata: Json): Record<string, string> {
  const fields = metadata.fields().filter(([name]) => name !== "@class");
  return Object.fromEntries(fields.map(([name, value]) => [name, value.print()]));
}
