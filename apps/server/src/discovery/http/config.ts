// http_sd_configs: where a list of target groups is fetched. Goes to: http/provider.
import { d, type HttpClientConfig } from "@narthex/service";
import { type Fail, httpSection, refreshField, type SdSection } from "../../config/sd-section.js";
import { urlMistake } from "../../config/url.js";

export type HttpSdConfig = HttpClientConfig & {
  readonly url: string;
  readonly refresh_interval: number;
};

export const httpSd: SdSection<HttpSdConfig> = httpSection<HttpSdConfig>(
  "http.plain",
  { url: d.withDefault(d.string, ""), refresh_interval: refreshField(60_000) },
  checkUrl,
);

function checkUrl({ url }: HttpSdConfig, fail: Fail): void {
  if (url === "") fail("URL is missing");
  checkHttpUrl(url, fail);
}

/** An absolute URL of scheme http or https with a host, refused in Prometheus' words. */
export function checkHttpUrl(url: string, fail: Fail): void {
  const mistake = urlMistake(url);
  if (mistake !== undefined) fail(mistake);
  const [, scheme = "", host = ""] = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?/.exec(url) ?? [];
  if (!/^https?$/i.test(scheme)) fail("URL scheme must be 'http' or 'https'");
  if (host === "") fail("host is missing in URL");
}
