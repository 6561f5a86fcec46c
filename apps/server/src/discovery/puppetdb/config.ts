// puppetdb_sd_configs: a query for resources. Goes to: puppetdb/provider.
import { d, type HttpClientConfig } from "@narthex/service";
import { httpSection, portField, refreshField, type SdSection } from "../../config/sd-section.js";
import { checkHttpUrl } from "../http/config.js";

export type PuppetdbSdConfig = HttpClientConfig & {
  readonly refresh_interval: number;
  readonly url: string;
  readonly query: string;
  readonly include_parameters: boolean;
  readonly port: number;
};

export const puppetdbSd: SdSection<PuppetdbSdConfig> = httpSection<PuppetdbSdConfig>(
  "puppetdb.plain",
  {
    refresh_interval: refreshField(60_000),
    url: d.withDefault(d.string, ""),
    query: d.withDefault(d.string, ""),
    include_parameters: d.withDefault(d.boolean, false),
    port: portField(80),
  },
  ({ url, query }, fail) => {
    if (url === "") fail("URL is missing");
    checkHttpUrl(url, fail);
    if (query === "") fail("query missing");
  },
);
