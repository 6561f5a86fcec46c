// Signed questions to OVHcloud's API (help.ovhcloud.com/csm/en-api-getting-started-ovhcloud-api).
// Goes to: ovhcloud/provider.
import { createHash } from "node:crypto";
import type { Clock } from "@narthex/stdx";
import { type ApiClient, apiUrl } from "../api-client.js";
import type { Json } from "../json.js";
import type { OvhcloudSdConfig } from "./config.js";

const endpoints: Readonly<Record<string, string>> = {
  "ovh-eu": "https://eu.api.ovh.com/1.0",
  "ovh-ca": "https://ca.api.ovh.com/1.0",
  "ovh-us": "https://api.us.ovhcloud.com/1.0",
  "kimsufi-eu": "https://eu.api.kimsufi.com/1.0",
  "kimsufi-ca": "https://ca.api.kimsufi.com/1.0",
  "soyoustart-eu": "https://eu.api.soyoustart.com/1.0",
  "soyoustart-ca": "https://ca.api.soyoustart.com/1.0",
};

export type OvhcloudOptions = { readonly config: OvhcloudSdConfig; readonly api: ApiClient; readonly clock: Clock };

export class OvhcloudClient {
  readonly #options: OvhcloudOptions;
  readonly #base: string;
  /** How far the API's clock is ahead of ours: a signature holds the API's time. */
  #aheadSeconds: number | undefined;

  constructor(options: OvhcloudOptions) {
    this.#options = options;
    const { endpoint } = options.config;
    const base = endpoint.includes("/") ? endpoint : endpoints[endpoint];
    if (base === undefined) throw new Error(`unknown endpoint ${JSON.stringify(endpoint)}: neither a name nor a URL`);
    this.#base = base;
  }

  async get(path: string, signal: AbortSignal): Promise<Json> {
    const { config, api, clock } = this.#options;
    this.#aheadSeconds ??= (await this.#serverSeconds(signal)) - Math.floor(clock.now() / 1000);
    const url = apiUrl(this.#base, path);
    const timestamp = String(Math.floor(clock.now() / 1000) + this.#aheadSeconds);
    const consumer = config.consumer_key.reveal();
    const signed = [config.application_secret.reveal(), consumer, "GET", url.href, "", timestamp].join("+");
    const headers = {
      "x-ovh-application": config.application_key,
      "x-ovh-consumer": consumer,
      "x-ovh-timestamp": timestamp,
      "x-ovh-signature": `$1$${createHash("sha1").update(signed).digest("hex")}`,
    };
    return api.json({ url, headers, signal });
  }

  async #serverSeconds(signal: AbortSignal): Promise<number> {
    return (await this.#options.api.json({ url: apiUrl(this.#base, "/auth/time"), signal })).number();
  }
}
