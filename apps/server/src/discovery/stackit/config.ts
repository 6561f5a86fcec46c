// stackit_sd_configs: servers of one project. Goes to: stackit/provider.
import { d, type HttpClientConfig, type Secret } from "@narthex/service";
import {
  type Fail,
  httpSection,
  portField,
  refreshField,
  type SdSection,
  textField,
  withFiles,
} from "../../config/sd-section.js";
import { urlMistake } from "../../config/url.js";

export type StackitSdConfig = HttpClientConfig & {
  readonly project: string;
  readonly refresh_interval: number;
  readonly port: number;
  readonly region: string;
  /** "" for the region's own. */
  readonly endpoint: string;
  /** A service account's key as JSON. */
  readonly service_account_key: Secret | undefined;
  /** PEM of that account's private key, where the key does not hold it. */
  readonly private_key: Secret | undefined;
  readonly service_account_key_path: string;
  readonly private_key_path: string;
  /** A JSON file that names the paths above. */
  readonly credentials_file_path: string;
};

const section = httpSection<StackitSdConfig>(
  "stackit.plain",
  {
    project: textField,
    refresh_interval: refreshField(60_000),
    port: portField(80),
    region: d.withDefault(d.string, "eu01"),
    endpoint: textField,
    service_account_key: d.optional(d.secret),
    private_key: d.optional(d.secret),
    service_account_key_path: textField,
    private_key_path: textField,
    credentials_file_path: textField,
  },
  checkEndpoint,
);

export const stackitSd: SdSection<StackitSdConfig> = withFiles(section, [
  "service_account_key_path",
  "private_key_path",
  "credentials_file_path",
]);

function checkEndpoint({ endpoint, region }: StackitSdConfig, fail: Fail): void {
  if (endpoint === "" && region === "") fail("endpoint or region missing");
  const mistake = urlMistake(endpoint);
  if (mistake !== undefined) fail(`invalid endpoint ${JSON.stringify(endpoint)}: ${mistake}`);
}
