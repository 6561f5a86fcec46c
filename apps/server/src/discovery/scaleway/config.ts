// scaleway_sd_configs: instances or bare-metal servers of one zone. Goes to: scaleway/provider.
import { d, type HttpClientConfig, isSet, type Secret } from "@narthex/service";
import {
  checkSecretKey,
  type Fail,
  httpSection,
  portField,
  refreshField,
  roleField,
  type SdSection,
  textField,
  textsField,
  withFiles,
} from "../../config/sd-section.js";

export type ScalewaySdConfig = HttpClientConfig & {
  readonly project_id: string;
  readonly api_url: string;
  readonly zone: string;
  readonly access_key: string;
  readonly secret_key: Secret | undefined;
  readonly secret_key_file: string;
  readonly name_filter: string;
  readonly tags_filter: readonly string[];
  readonly refresh_interval: number;
  readonly port: number;
  /** "instance" or "baremetal". */
  readonly role: string;
};

const section = httpSection<ScalewaySdConfig>(
  "scaleway.plain",
  {
    project_id: textField,
    api_url: d.withDefault(d.string, "https://api.scaleway.com"),
    zone: d.withDefault(d.string, "fr-par-1"),
    access_key: textField,
    secret_key: d.optional(d.secret),
    secret_key_file: textField,
    name_filter: textField,
    tags_filter: textsField,
    refresh_interval: refreshField(60_000),
    port: portField(80),
    role: roleField(["instance", "baremetal"], {
      initial: "",
      refuse: (role) => `unknown role ${JSON.stringify(role)}`,
    }),
  },
  checkScaleway,
);

export const scalewaySd: SdSection<ScalewaySdConfig> = withFiles(section, ["secret_key_file"]);

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function checkScaleway(config: ScalewaySdConfig, fail: Fail): void {
  const { project_id: project, secret_key: secret, access_key: key } = config;
  if (config.role === "") fail("role missing (one of: instance, baremetal)");
  if (project === "") fail("project_id is mandatory");
  checkSecretKey(config, fail);
  if (key === "") fail("access_key is mandatory");
  const refuse = (text: string): never => fail(`scaleway-sdk-go: ${text}`);
  if (!/^SCW[A-Z0-9]{17}$/i.test(key)) {
    refuse(`invalid access key format '${key}', expected SCWXXXXXXXXXXXXXXXXX format`);
  }
  const uuid = "expected a UUID: xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (isSet(secret) && !uuidForm.test(secret?.reveal() ?? "")) refuse(`invalid secret key format, ${uuid}`);
  if (!uuidForm.test(project)) refuse(`invalid project ID format '${project}', ${uuid}`);
  checkPlace(config, refuse);
}

function checkPlace({ zone, api_url: url }: ScalewaySdConfig, refuse: Fail): void {
  if (!/^[a-z]{2}-[a-z]{3}-[1-9]$/.test(zone)) refuse(`invalid default zone format '${zone}'`);
  if (!URL.canParse(url)) refuse(`invalid url ${url}`);
  if (url.endsWith("/")) refuse(`invalid url ${url} it should not have a trailing slash`);
}
