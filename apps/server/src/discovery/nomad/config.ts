// nomad_sd_configs: which services of Nomad's own registry. Goes to: nomad/provider.
import { d, type HttpClientConfig } from "@narthex/service";
import { httpSection, refreshField, type SdSection } from "../../config/sd-section.js";

export type NomadSdConfig = HttpClientConfig & {
  readonly allow_stale: boolean;
  readonly namespace: string;
  readonly refresh_interval: number;
  readonly region: string;
  readonly server: string;
  readonly tag_separator: string;
};

export const nomadSd: SdSection<NomadSdConfig> = httpSection<NomadSdConfig>(
  "nomad.plain",
  {
    allow_stale: d.withDefault(d.boolean, true),
    namespace: d.withDefault(d.string, "default"),
    refresh_interval: refreshField(60_000),
    region: d.withDefault(d.string, "global"),
    server: d.withDefault(d.string, "http://localhost:4646"),
    tag_separator: d.withDefault(d.string, ","),
  },
  ({ server }, fail) => {
    if (server.trim() === "") fail("nomad SD configuration requires a server address");
  },
);
