// kuma_sd_configs: which control plane. Goes to: kuma/provider.
import { d, type HttpClientConfig } from "@narthex/service";
import { type Fail, httpSection, refreshField, type SdSection, textField } from "../../config/sd-section.js";
import { urlMistake } from "../../config/url.js";

export type KumaSdConfig = HttpClientConfig & {
  readonly server: string;
  readonly refresh_interval: number;
  /** How long the control plane may wait for a change before it answers. */
  readonly fetch_timeout: number;
  /** Who asks; "" for this machine's name. */
  readonly client_id: string;
};

export const kumaSd: SdSection<KumaSdConfig> = httpSection<KumaSdConfig>(
  "xds.plainKumaConf",
  {
    server: textField,
    refresh_interval: refreshField(15_000),
    fetch_timeout: d.withDefault(d.duration, 120_000),
    client_id: textField,
  },
  checkServer,
);

function checkServer({ server }: KumaSdConfig, fail: Fail): void {
  if (server === "") fail(`kuma SD server must not be empty: ${server}`);
  const mistake = urlMistake(server);
  if (mistake !== undefined) fail(mistake);
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(server)) {
    fail(`kuma SD server must not be empty and have a scheme: ${server}`);
  }
}
