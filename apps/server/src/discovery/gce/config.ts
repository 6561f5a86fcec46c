// gce_sd_configs: instances of one zone of a project. Goes to: gce/provider.
import { d } from "@narthex/service";
import { portField, refreshField, type SdSection, textField } from "../../config/sd-section.js";

export type GceSdConfig = {
  readonly project: string;
  readonly zone: string;
  /** In the API's own language; "" for all. */
  readonly filter: string;
  readonly refresh_interval: number;
  readonly port: number;
  readonly tag_separator: string;
};

const shape = {
  project: textField,
  zone: textField,
  filter: textField,
  refresh_interval: refreshField(60_000),
  port: portField(80),
  tag_separator: d.withDefault(d.string, ","),
};

export const gceSd: SdSection<GceSdConfig> = {
  decoder: d.refine(d.object("gce.plain", shape), (config, fail) => {
    if (config.project === "") fail("GCE SD configuration requires a project");
    if (config.zone === "") fail("GCE SD configuration requires a zone");
    return config;
  }),
  withPaths: (config) => config,
};
