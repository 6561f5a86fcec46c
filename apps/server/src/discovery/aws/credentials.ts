// Who we are for AWS: the config's keys, the environment's, a profile's, or those of the instance's role
// (docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html). Goes to: aws/client.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createHttpClient, defaultHttpClientConfig } from "@narthex/service";
import { parseJson } from "../json.js";
import type { AwsSdConfig } from "./config.js";
import type { AwsCredentials } from "./sigv4.js";

export type AwsSurroundings = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of the instance metadata service. */
  readonly metadataUrl: string;
};

export const awsSurroundings: AwsSurroundings = { environment: process.env, metadataUrl: "http://169.254.169.254" };

/** Asked before each refresh: what a role lends ends after some hours. */
export async function findCredentials(config: AwsSdConfig, around: AwsSurroundings): Promise<AwsCredentials> {
  const { access_key: accessKey, secret_key, profile } = config;
  if (accessKey !== "" && secret_key) return { accessKey, secretKey: secret_key.reveal() };
  const { environment } = around;
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE } = environment;
  if (profile === "" && AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY) {
    return { accessKey: AWS_ACCESS_KEY_ID, secretKey: AWS_SECRET_ACCESS_KEY, sessionToken: AWS_SESSION_TOKEN };
  }
  const wanted = profile || AWS_PROFILE || "default";
  const found = profileCredentials(wanted, environment);
  if (found) return found;
  if (profile !== "") throw new Error(`no credentials for AWS profile ${JSON.stringify(profile)}`);
  return instanceCredentials(around.metadataUrl);
}

function profileCredentials(profile: string, environment: AwsSurroundings["environment"]): AwsCredentials | undefined {
  const path = environment["AWS_SHARED_CREDENTIALS_FILE"] ?? join(homedir(), ".aws", "credentials");
  const fields = sectionOf(readIfThere(path), profile);
  const accessKey = fields.get("aws_access_key_id");
  const secretKey = fields.get("aws_secret_access_key");
  if (!accessKey || !secretKey) return undefined;
  return { accessKey, secretKey, sessionToken: fields.get("aws_session_token") };
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw new Error(`cannot read AWS credentials file ${path}`, { cause: error });
  }
}

function sectionOf(text: string, name: string): Map<string, string> {
  const fields = new Map<string, string>();
  let section = "";
  for (const line of text.split("\n")) {
    section = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line)?.[1] ?? section;
    const [, key, value] = /^\s*([a-z_]+)\s*=\s*(\S+)\s*$/.exec(line) ?? [];
    if (section === name && key !== undefined && value !== undefined) fields.set(key, value);
  }
  return fields;
}

const metadataTimeoutMs = 2000;

/** IMDSv2 (docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html). */
async function instanceCredentials(metadataUrl: string): Promise<AwsCredentials> {
  const client = createHttpClient(defaultHttpClientConfig);
  const ask = async (path: string, method: string, headers: Record<string, string>): Promise<string> => {
    const url = `${metadataUrl}/latest/${path}`;
    const { status, body } = await client.request({
      url,
      method,
      headers,
      timeoutMs: metadataTimeoutMs,
      bodyBytesMax: 65_536,
    });
    if (status !== 200) throw new Error(`no AWS credentials: the instance's metadata answered ${status} for ${path}`);
    return body.toString().trim();
  };
  try {
    const token = await ask("api/token", "PUT", { "x-aws-ec2-metadata-token-ttl-seconds": "300" });
    const headers = { "x-aws-ec2-metadata-token": token };
    const folder = "meta-data/iam/security-credentials/";
    const [role = ""] = (await ask(folder, "GET", headers)).split("\n");
    const lent = parseJson(await ask(`${folder}${role}`, "GET", headers));
    return {
      accessKey: lent.at("AccessKeyId").text(),
      secretKey: lent.at("SecretAccessKey").text(),
      sessionToken: lent.at("Token").text(),
    };
  } finally {
    client.close();
  }
}
