// marathon_sd_configs: which Marathon servers, and a token of theirs. Goes to: marathon/provider.
import { d, type HttpClientConfig, type Secret } from "@narthex/service";
import { type Fail, httpSection, refreshField, type SdSection, withFiles } from "../../config/sd-section.js";

export type MarathonSdConfig = HttpClientConfig & {
  readonly servers: readonly string[];
  readonly refresh_interval: number;
  readonly auth_token: Secret | undefined;
  readonly auth_token_file: string;
};

const section = httpSection<MarathonSdConfig>(
  "marathon.plain",
  {
    servers: d.withDefault(d.list(d.string), []),
    refresh_interval: refreshField(30_000),
    auth_token: d.optional(d.secret),
    auth_token_file: d.withDefault(d.string, ""),
  },
  checkMarathon,
);

export const marathonSd: SdSection<MarathonSdConfig> = withFiles(section, ["auth_token_file"]);

function checkMarathon(config: MarathonSdConfig, fail: Fail): void {
  if (config.servers.length === 0) fail("marathon_sd: must contain at least one Marathon server");
  const hasToken = config.auth_token !== undefined && config.auth_token.reveal() !== "";
  const hasFile = config.auth_token_file !== "";
  if (hasToken && hasFile) fail("marathon_sd: at most one of auth_token & auth_token_file must be configured");
  if (!hasToken && !hasFile) return;
  const atMost = (others: string): never => fail(`marathon_sd: at most one of ${others} must be configured`);
  if (config.basic_auth) atMost("basic_auth, auth_token & auth_token_file");
  if (config.bearer_token || config.bearer_token_file) {
    atMost("bearer_token, bearer_token_file, auth_token & auth_token_file");
  }
  if (config.authorization) atMost("auth_token, auth_token_file & authorization");
}
