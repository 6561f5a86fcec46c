// outscale_sd_configs: virtual machines of one region, asked for with AWS' signature
// (docs.outscale.com/api#readvms). Goes to: discovery/manager.
import { secretText } from "@narthex/service";
import { apiUrl } from "../api-client.js";
import { signedHeaders } from "../aws/sigv4.js";
import type { Json } from "../json.js";
import { joinHostPort, prefixedLabels } from "../label-name.js";
import { allPages } from "../pages.js";
import type { Provider } from "../provider.js";
import { sessionProvider } from "../refresh.js";
import type { OutscaleSdConfig } from "./config.js";

const prefix = "__meta_outscale_vm_";

export const outscaleProvider: Provider<OutscaleSdConfig> = sessionProvider<OutscaleSdConfig>({
  name: "outscale",
  http: (config) => config,
  open:
    ({ config, api, world }) =>
    async (signal) => {
      const { region, endpoint } = config;
      const url = apiUrl(endpoint || `https://api.${region}.outscale.com/api/v1`, "/ReadVms");
      const secretKey = secretText(config.secret_key, config.secret_key_file);
      const credentials = { accessKey: config.access_key, secretKey };
      const machines = await allPages(async (next) => {
        const body = JSON.stringify(next === "" ? {} : { NextPageToken: next });
        const headers = { "content-type": "application/json" };
        const signing = { method: "POST", url, headers, body, region, service: "oapi", timeMs: world.clock.now() };
        const signed = signedHeaders(signing, credentials);
        const answer = await api.json({ url, method: "POST", headers: signed, body, signal });
        return { items: answer.at("Vms").list(), next: answer.at("NextPageToken").text() };
      });
      return [{ source: region, targets: machines.flatMap((one) => machineTargets(one, config)), labels: {} }];
    },
});

function machineTargets(machine: Json, { port, region }: OutscaleSdConfig): Record<string, string>[] {
  const labels = {
    instance_id: machine.at("VmId").text(),
    private_ip: machine.at("PrivateIp").text(),
    public_ip: machine.at("PublicIp").text(),
    region,
    state: machine.at("State").text(),
    subregion: machine.at("Placement", "SubregionName").text(),
  };
  const address = labels.private_ip || labels.public_ip;
  if (address === "") return [];
  const tags = machine
    .at("Tags")
    .list()
    .map((tag) => [tag.at("Key").text(), tag.at("Value").text()] as const)
    .filter(([key, value]) => key !== "" && value !== "");
  return [
    {
      __address__: joinHostPort(address, port),
      ...prefixedLabels(prefix, labels),
      ...prefixedLabels(`${prefix}tag_`, Object.fromEntries(tags)),
    },
  ];
}
