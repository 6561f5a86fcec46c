// Credentials that our surroundings lend or hold: the environment's, a container's, an instance's.
// Goes to: aws/credentials, aws/profile.
import { readFileSync } from "node:fs";
import { parseJson } from "../json.js";
import { type CredentialsSearch, type HeldCredentials, heldFrom } from "./held-credentials.js";
import { type AwsEnvironment, type AwsSurroundings, metadataClient } from "./surroundings.js";

export function environmentCredentials(environment: AwsEnvironment): HeldCredentials | undefined {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = environment;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined;
  return { accessKey: AWS_ACCESS_KEY_ID, secretKey: AWS_SECRET_ACCESS_KEY, sessionToken: AWS_SESSION_TOKEN };
}

const containerHost = "http://169.254.170.2";
const lendTimeoutMs = 2000;
const lentBytesMax = 65_536;

/** Of a task of ECS or a pod of EKS (docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html). */
export async function containerCredentials(search: CredentialsSearch): Promise<HeldCredentials | undefined> {
  const { environment } = search.around;
  const relative = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"];
  const url = relative ? `${containerHost}${relative}` : environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"];
  if (!url) return undefined;
  const tokenFile = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];
  const token = tokenFile
    ? readFileSync(tokenFile, "utf8").trim()
    : (environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] ?? "");
  const headers: Record<string, string> = token === "" ? {} : { authorization: token };
  const { http, signal } = search;
  const request = { url, headers, timeoutMs: lendTimeoutMs, bodyBytesMax: lentBytesMax, signal };
  const { status, body } = await http.request(request);
  if (status !== 200) throw new Error(`no AWS credentials: the container's endpoint answered ${status}`);
  return heldFrom(parseJson(body), "Token");
}

/** Of the instance's role (docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html). */
export async function instanceCredentials(around: AwsSurroundings): Promise<HeldCredentials> {
  const metadata = metadataClient(around);
  try {
    const folder = "meta-data/iam/security-credentials/";
    const [role = ""] = (await metadata.ask(folder)).split("\n");
    return heldFrom(parseJson(await metadata.ask(`${folder}${role}`)), "Token");
  } catch (error) {
    throw new Error(`no AWS credentials: ${(error as Error).message}`, { cause: error });
  } finally {
    metadata.close();
  }
}
