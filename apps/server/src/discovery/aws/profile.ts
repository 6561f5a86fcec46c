// Credentials that a profile of ~/.aws/config and ~/.aws/credentials names: another profile's, keys, those of the surroundings, a
// web identity's, a sign-in's or a program's, in this order, and a role over them
// (docs.aws.amazon.com/sdkref/latest/guide/file-format.html). Goes to: aws/credentials.
import { readFileSync } from "node:fs";
import { parseJson } from "../json.js";
import { runProgram } from "../program.js";
import { type AwsRole, type CredentialsSearch, type HeldCredentials, heldFrom } from "./held-credentials.js";
import { containerCredentials, environmentCredentials, instanceCredentials } from "./lent.js";
import { ssoCredentials } from "./sso.js";
import { type AwsFields, profileFields } from "./surroundings.js";

/** Profiles that stand on one another. */
export const profileDepthMax = 16;

/** Undefined for a profile that names none. */
export function profileCredentials(profile: string, search: CredentialsSearch): Promise<HeldCredentials | undefined> {
  return credentialsOf([profile], search);
}

/** `path`: the profile in question last, behind those that stand on it. */
async function credentialsOf(path: readonly string[], search: CredentialsSearch): Promise<HeldCredentials | undefined> {
  const profile = path.at(-1) as string;
  const fields = profileFields(profile, search.around.environment);
  const arn = fields.get("role_arn");
  const tokenFile = fields.get("web_identity_token_file");
  const source = fields.get("source_profile");
  const role = arn === undefined ? undefined : roleOf(arn, fields);
  if (role && tokenFile !== undefined && source === undefined) {
    return search.assumeWithToken(role, readFileSync(tokenFile, "utf8").trim());
  }
  // A profile may name itself: then its role stands on its own keys.
  const own =
    role && source !== undefined && source !== profile
      ? await credentialsOf(deeper(path, source), search)
      : await ownCredentials(profile, fields, search);
  if (!role) return own;
  if (!own) throw new Error(`AWS profile ${JSON.stringify(profile)} has a role_arn and no credentials to take it with`);
  return search.assume(role, own);
}

function deeper(path: readonly string[], source: string): readonly string[] {
  const longer = [...path, source];
  if (path.includes(source)) throw new Error(`AWS profiles stand on themselves: ${longer.join(" → ")}`);
  if (longer.length > profileDepthMax) throw new Error(`more than ${profileDepthMax} AWS profiles on one another`);
  return longer;
}

function roleOf(arn: string, fields: AwsFields): AwsRole {
  if (fields.has("mfa_serial")) throw new Error(`the AWS role ${arn} wants a code of a device (mfa_serial)`);
  return {
    arn,
    externalId: fields.get("external_id"),
    sessionName: fields.get("role_session_name"),
    durationSeconds: fields.get("duration_seconds"),
  };
}

async function ownCredentials(
  profile: string,
  fields: AwsFields,
  search: CredentialsSearch,
): Promise<HeldCredentials | undefined> {
  const accessKey = fields.get("aws_access_key_id");
  const secretKey = fields.get("aws_secret_access_key");
  if (accessKey && secretKey) return { accessKey, secretKey, sessionToken: fields.get("aws_session_token") };
  const source = fields.get("credential_source");
  if (source !== undefined) return surroundingCredentials(source, search);
  if (fields.has("sso_account_id") || fields.has("sso_session")) return ssoCredentials(profile, fields, search);
  const command = fields.get("credential_process");
  return command === undefined ? undefined : programCredentials(command, search);
}

async function surroundingCredentials(source: string, search: CredentialsSearch): Promise<HeldCredentials> {
  const finders: Readonly<Record<string, () => Promise<HeldCredentials | undefined>>> = {
    Environment: async () => environmentCredentials(search.around.environment),
    EcsContainer: () => containerCredentials(search),
    Ec2InstanceMetadata: () => instanceCredentials(search.around),
  };
  const found = await finders[source]?.();
  if (!found) throw new Error(`no AWS credentials from credential_source ${JSON.stringify(source)}`);
  return found;
}

const programTimeoutMs = 60_000;

/** docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html */
async function programCredentials(command: string, { around, signal }: CredentialsSearch): Promise<HeldCredentials> {
  const { environment } = around;
  try {
    const run = { path: "/bin/sh", args: ["-c", command], environment, timeoutMs: programTimeoutMs, signal };
    const printed = parseJson(await runProgram(run));
    const version = printed.at("Version").number();
    if (version !== 1) throw new Error(`it printed Version ${version}, not 1`);
    return heldFrom(printed, "SessionToken");
  } catch (error) {
    throw new Error(`no AWS credentials from credential_process: ${(error as Error).message}`, { cause: error });
  }
}
