// oci_sd_configs: instances of compartments of Oracle's cloud. Goes to: oci/provider.
import { d, type HttpClientConfig, isSet, type Secret } from "@narthex/service";
import {
  type Fail,
  httpSection,
  portField,
  refreshField,
  type SdSection,
  textField,
  textsField,
  withFiles,
} from "../../config/sd-section.js";

export type OciSdConfig = HttpClientConfig & {
  /** "api_key" or "instance_principal". */
  readonly auth: string;
  readonly tenancy: string;
  readonly user: string;
  readonly fingerprint: string;
  readonly key_file: string;
  readonly key_passphrase: Secret | undefined;
  readonly key_passphrase_file: string;
  readonly region: string;
  /** All that can be reached from the tenancy where the list is empty. */
  readonly compartments: readonly string[];
  readonly port: number;
  readonly refresh_interval: number;
};

const section = httpSection<OciSdConfig>(
  "oci.plain",
  {
    auth: d.withDefault(d.string, "api_key"),
    tenancy: textField,
    user: textField,
    fingerprint: textField,
    key_file: textField,
    key_passphrase: d.optional(d.secret),
    key_passphrase_file: textField,
    region: textField,
    compartments: textsField,
    port: portField(80),
    refresh_interval: refreshField(60_000),
  },
  checkOci,
);

export const ociSd: SdSection<OciSdConfig> = withFiles(section, ["key_file", "key_passphrase_file"]);

const keyFields = ["tenancy", "user", "fingerprint", "key_file"] as const;

function checkOci(config: OciSdConfig, fail: Fail): void {
  if (config.region === "") fail("oci_sd: region is required");
  const hasPassphrase = isSet(config.key_passphrase);
  if (config.auth === "api_key") {
    for (const field of keyFields) if (config[field] === "") fail(`oci_sd: api_key auth requires ${field}`);
    if (hasPassphrase && config.key_passphrase_file !== "") {
      fail("oci_sd: at most one of key_passphrase and key_passphrase_file must be configured");
    }
  } else if (config.auth === "instance_principal") {
    const hasKey = keyFields.some((field) => config[field] !== "");
    if (hasKey || hasPassphrase || config.key_passphrase_file !== "") {
      fail(
        "oci_sd: instance_principal auth must not have tenancy, user, fingerprint, key_file, key_passphrase, or key_passphrase_file set",
      );
    }
  } else {
    const auth = JSON.stringify(config.auth);
    fail(`oci_sd: unknown auth method ${auth}, expected "api_key" or "instance_principal"`);
  }
  const empty = config.compartments.indexOf("");
  if (empty >= 0) fail(`oci_sd: compartments[${empty}] must not be empty`);
}
