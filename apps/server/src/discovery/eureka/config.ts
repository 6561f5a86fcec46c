// eureka_sd_configs: which registry. Goes to: eureka/provider.
import { d, type HttpClientConfig } from "@narthex/service";
import { httpSection, refreshField, type SdSection } from "../../config/sd-section.js";

export type EurekaSdConfig = HttpClientConfig & {
  readonly server: string;
  readonly refresh_interval: number;
};

export const eurekaSd: SdSection<EurekaSdConfig> = httpSection<EurekaSdConfig>(
  "eureka.plain",
  { server: d.withDefault(d.string, ""), refresh_interval: refreshField(30_000) },
  ({ server }, fail) => {
    if (server === "") fail("eureka_sd: empty or null eureka server");
    if (!/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(server) || !URL.canParse(server)) {
      fail("eureka_sd: invalid eureka server URL");
    }
  },
);
