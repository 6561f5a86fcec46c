import { expect, test } from "vitest";
import { listOnce } from "../testing/listing.js";
import { parseSd } from "../testing/world.js";
import { eurekaSd } from "./config.js";
import { eurekaProvider } from "./provider.js";

const instance = {
  instanceId: "one:web:8080",
  hostName: "one.example.com",
  app: "WEB",
  ipAddr: "192.0.2.1",
  status: "UP",
  port: { $: 8080, "@enabled": "true" },
  securePort: { $: 8443, "@enabled": "false" },
  countryId: 1,
  dataCenterInfo: { "@class": "com.netflix.InstanceInfo", name: "MyOwn", metadata: { "instance-id": "i-1" } },
  metadata: { "@class": "java.util.Collections$EmptyMap", "prometheus.path": "/actuator" },
  homePageUrl: "http://one/",
  statusPageUrl: "http://one/info",
  healthCheckUrl: "http://one/health",
  vipAddress: "web",
  secureVipAddress: "web",
};
const labels = {
  __meta_eureka_app_name: "WEB",
  country_id: "1",
  datacenterinfo_name: "MyOwn",
  datacenterinfo_instance_id: "i-1",
  healthcheck_url: "http://one/health",
  homepage_url: "http://one/",
  hostname: "one.example.com",
  id: "one:web:8080",
  instance: "one:web:8080",
  ip_addr: "192.0.2.1",
  metadata_prometheus_path: "/actuator",
  port: "8080",
  port_enabled: "true",
  secure_port: "8443",
  secure_port_enabled: "false",
  secure_vip_address: "web",
  status: "UP",
  statuspage_url: "http://one/info",
  vip_address: "web",
};

const bodies: [title: string, application: unknown][] = [
  ["a list", [{ name: "WEB", instance: [instance] }]],
  ["one that is no list", { name: "WEB", instance }],
];

test.each(bodies)("instances of applications in %s are targets", async (_, application) => {
  const { targets, paths } = await listOnce(
    {
      provider: () => eurekaProvider,
      section: eurekaSd,
      yaml: (url) => `{ server: "${url}/eureka" }`,
      answers: () => ({ applications: { versions__delta: "1", application } }),
    },
    "__meta_eureka_app_instance_",
  );
  expect(targets).toEqual([{ __address__: "one.example.com:8080", ...labels }]);
  expect(paths).toEqual(["/eureka/apps"]);
});

const mistakes: [yaml: string, text: string][] = [
  ["{}", "empty or null eureka server"],
  ["{ server: eureka.com }", "invalid eureka server URL"],
];

test.each(mistakes)("%s is refused", (yaml, text) => {
  expect(() => parseSd(eurekaSd, yaml)).toThrow(text);
});
