// Who we are for AWS before any role of the config: its keys, the environment's, a web identity's, a profile's, or what
// the container or the instance is lent (docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html).
// Goes to: aws/identity.
import { readFileSync } from "node:fs";
import type { HttpClient } from "@narthex/service";
import type { AwsIdentityConfig } from "../../config/aws-identity.js";
import { type Json, parseJson } from "../json.js";
import type { AwsCredentials } from "./sigv4.js";
import { type AwsEnvironment, type AwsSurroundings, metadataClient, profileFields } from "./surroundings.js";

/** What they are, and until when they hold: ms since 1970; undefined for as long as nobody changes them. */
export type HeldCredentials = AwsCredentials & { readonly expiresAt?: number | undefined };

export type CredentialsRequest = {
  readonly config: Pick<AwsIdentityConfig, "access_key" | "secret_key" | "profile">;
  readonly around: AwsSurroundings;
  readonly http: HttpClient;
  /** Takes a role for the token of a web identity. */
  readonly assumeWithToken: (role: string, token: string) => Promise<HeldCredentials>;
};

export async function findCredentials(request: CredentialsRequest): Promise<HeldCredentials> {
  const { config, around } = request;
  const { access_key: accessKey, secret_key, profile } = config;
  if (accessKey !== "" && secret_key) return { accessKey, secretKey: secret_key.reveal() };
  const { environment } = around;
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE } = environment;
  if (profile === "" && AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY) {
    return { accessKey: AWS_ACCESS_KEY_ID, secretKey: AWS_SECRET_ACCESS_KEY, sessionToken: AWS_SESSION_TOKEN };
  }
  const { AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN } = environment;
  if (profile === "" && AWS_WEB_IDENTITY_TOKEN_FILE && AWS_ROLE_ARN) {
    return request.assumeWithToken(AWS_ROLE_ARN, readFileSync(AWS_WEB_IDENTITY_TOKEN_FILE, "utf8").trim());
  }
  const found = profileCredentials(profile || AWS_PROFILE || "default", environment);
  if (found) return found;
  if (profile !== "") throw new Error(`no credentials for AWS profile ${JSON.stringify(profile)}`);
  return (await containerCredentials(request)) ?? instanceCredentials(around);
}

function profileCredentials(profile: string, environment: AwsEnvironment): AwsCredentials | undefined {
  const fields = profileFields(profile, environment);
  const accessKey = fields.get("aws_access_key_id");
  const secretKey = fields.get("aws_secret_access_key");
  if (!accessKey || !secretKey) return undefined;
  return { accessKey, secretKey, sessionToken: fields.get("aws_session_token") };
}

const containerHost = "http://169.254.170.2";
const lendTimeoutMs = 2000;
const lentBytesMax = 65_536;

/** Of a task of ECS or a pod of EKS (docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html). */
async function containerCredentials({ around, http }: CredentialsRequest): Promise<HeldCredentials | undefined> {
  const { environment } = around;
  const relative = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"];
  const url = relative ? `${containerHost}${relative}` : environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"];
  if (!url) return undefined;
  const tokenFile = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];
  const token = tokenFile
    ? readFileSync(tokenFile, "utf8").trim()
    : (environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] ?? "");
  const headers: Record<string, string> = token === "" ? {} : { authorization: token };
  const { status, body } = await http.request({ url, headers, timeoutMs: lendTimeoutMs, bodyBytesMax: lentBytesMax });
  if (status !== 200) throw new Error(`no AWS credentials: the container's endpoint answered ${status}`);
  return lentCredentials(parseJson(body));
}

/** Of the instance's role (docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html). */
async function instanceCredentials(around: AwsSurroundings): Promise<HeldCredentials> {
  const metadata = metadataClient(around);
  try {
    const folder = "meta-data/iam/security-credentials/";
    const [role = ""] = (await metadata.ask(folder)).split("\n");
    return lentCredentials(parseJson(await metadata.ask(`${folder}${role}`)));
  } catch (error) {
    throw new Error(`no AWS credentials: ${(error as Error).message}`, { cause: error });
  } finally {
    metadata.close();
  }
}

function lentCredentials(lent: Json): HeldCredentials {
  return {
    accessKey: lent.at("AccessKeyId").text(),
    secretKey: lent.at("SecretAccessKey").text(),
    sessionToken: lent.at("Token").text(),
    ...expiry(lent.at("Expiration").text()),
  };
}

export function expiry(time: string): { readonly expiresAt?: number } {
  const expiresAt = Date.parse(time);
  return Number.isNaN(expiresAt) ? {} : { expiresAt };
}
