// triton_sd_configs: containers or compute nodes of one account. Goes to: triton/provider.
import { d, type TlsConfig, tlsDecoder } from "@narthex/service";
import { type Fail, portField, type SdSection, textField, textsField, withTlsFiles } from "../../config/sd-section.js";

export type TritonSdConfig = {
  readonly account: string;
  /** "container" or "cn". */
  readonly role: string;
  readonly dns_suffix: string;
  readonly endpoint: string;
  /** Only containers of these groups; all where the list is empty. */
  readonly groups: readonly string[];
  readonly port: number;
  readonly refresh_interval: number;
  readonly tls_config: TlsConfig | undefined;
  /** Of the API. */
  readonly version: number;
};

const shape = {
  account: textField,
  role: d.withDefault(d.string, "container"),
  dns_suffix: textField,
  endpoint: textField,
  groups: textsField,
  port: portField(9163),
  refresh_interval: d.withDefault(d.duration, 60_000),
  tls_config: d.optional(tlsDecoder),
  version: d.withDefault(d.integer, 1),
};

export const tritonSd: SdSection<TritonSdConfig> = {
  decoder: d.refine(d.object("triton.plain", shape), checkTriton),
  withPaths: withTlsFiles,
};

function checkTriton(config: TritonSdConfig, fail: Fail): TritonSdConfig {
  const refuse = (text: string): never => fail(`triton SD configuration requires ${text}`);
  if (!["container", "cn"].includes(config.role)) refuse("role to be 'container' or 'cn'");
  if (config.account === "") refuse("an account");
  if (config.dns_suffix === "") refuse("a dns_suffix");
  if (config.endpoint === "") refuse("an endpoint");
  if (config.refresh_interval <= 0) refuse("RefreshInterval to be a positive integer");
  return config;
}
