// uyuni_sd_configs: monitored systems of a Uyuni server. Goes to: uyuni/provider.
import { d, type HttpClientConfig, isSet, type Secret } from "@narthex/service";
import { type Fail, httpSection, refreshField, type SdSection, textField } from "../../config/sd-section.js";
import { urlMistake } from "../../config/url.js";

export type UyuniSdConfig = HttpClientConfig & {
  readonly server: string;
  readonly username: string;
  readonly password: Secret | undefined;
  /** Systems that have it are asked for. */
  readonly entitlement: string;
  /** Between the names of a system's groups. */
  readonly separator: string;
  readonly refresh_interval: number;
};

export const uyuniSd: SdSection<UyuniSdConfig> = httpSection<UyuniSdConfig>(
  "uyuni.plain",
  {
    server: textField,
    username: textField,
    password: d.optional(d.secret),
    entitlement: d.withDefault(d.string, "monitoring_entitled"),
    separator: d.withDefault(d.string, ","),
    refresh_interval: refreshField(60_000),
  },
  checkUyuni,
);

function checkUyuni({ server, username, password }: UyuniSdConfig, fail: Fail): void {
  if (server === "") fail("Uyuni SD configuration requires server host");
  const mistake = urlMistake(server);
  if (mistake !== undefined) fail(`Uyuni Server URL is not valid: ${mistake}`);
  if (username === "") fail("Uyuni SD configuration requires a username");
  if (!isSet(password)) fail("Uyuni SD configuration requires a password");
}
