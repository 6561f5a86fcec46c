// Who we are for AWS before any role of the config: its keys, the environment's, a web identity's, a profile's, or what
// the container or the instance is lent (docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html).
// Goes to: aws/identity.
import { readFileSync } from "node:fs";
import type { AwsIdentityConfig } from "../../config/aws-identity.js";
import type { CredentialsSearch, HeldCredentials } from "./held-credentials.js";
import { containerCredentials, environmentCredentials, instanceCredentials } from "./lent.js";
import { profileCredentials } from "./profile.js";

export async function findCredentials(
  { access_key: accessKey, secret_key, profile }: Pick<AwsIdentityConfig, "access_key" | "secret_key" | "profile">,
  search: CredentialsSearch,
): Promise<HeldCredentials> {
  if (accessKey !== "" && secret_key) return { accessKey, secretKey: secret_key.reveal() };
  const { environment } = search.around;
  const own = profile === "" ? environmentCredentials(environment) : undefined;
  if (own) return own;
  const { AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN, AWS_PROFILE } = environment;
  if (profile === "" && AWS_WEB_IDENTITY_TOKEN_FILE && AWS_ROLE_ARN) {
    return search.assumeWithToken({ arn: AWS_ROLE_ARN }, readFileSync(AWS_WEB_IDENTITY_TOKEN_FILE, "utf8").trim());
  }
  const found = await profileCredentials(profile || AWS_PROFILE || "default", search);
  if (found) return found;
  if (profile !== "") throw new Error(`no credentials for AWS profile ${JSON.stringify(profile)}`);
  return (await containerCredentials(search)) ?? instanceCredentials(search.around);
}
