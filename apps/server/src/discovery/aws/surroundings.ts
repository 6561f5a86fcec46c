// Where AWS' programs look besides a config: the environment, the files of profiles, the instance's metadata.
// Goes to: aws/client, aws/region, aws/credentials.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createHttpClient, defaultHttpClientConfig } from "@narthex/service";

export type AwsEnvironment = Readonly<Record<string, string | undefined>>;

export type AwsSurroundings = {
  readonly environment: AwsEnvironment;
  /** Of the instance metadata service. */
  readonly metadataUrl: string;
};

export const awsSurroundings: AwsSurroundings = { environment: process.env, metadataUrl: "http://169.254.169.254" };

/** Partitions whose hosts have an ending of their own, by the start of their regions' names. */
const partitions: readonly (readonly [start: string, ending: string])[] = [
  ["cn-", "amazonaws.com.cn"],
  ["us-isob-", "sc2s.sgov.gov"],
  ["us-iso-", "c2s.ic.gov"],
];

/**
 * The environment may name a service's URL (docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html), under another name than
 * its host's.
 */
export function awsEndpoint(
  host: string,
  region: string,
  { environment }: AwsSurroundings,
  service: string = host.toUpperCase(),
): string {
  const named = environment[`AWS_ENDPOINT_URL_${service}`] || environment["AWS_ENDPOINT_URL"];
  const ending = partitions.find(([start]) => region.startsWith(start))?.[1] ?? "amazonaws.com";
  return named || `https://${host}.${region}.${ending}`;
}

/** What a section of AWS' files says, by lower-case name. */
export type AwsFields = ReadonlyMap<string, string>;

/** Where AWS' programs keep what they know of a user. */
export function awsFolder(environment: AwsEnvironment): string {
  return join(environment["HOME"] || homedir(), ".aws");
}

/** What ~/.aws/config and ~/.aws/credentials say of a profile; the latter wins. */
export function profileFields(profile: string, environment: AwsEnvironment): AwsFields {
  const credentials = environment["AWS_SHARED_CREDENTIALS_FILE"] ?? join(awsFolder(environment), "credentials");
  const section = profile === "default" ? "default" : `profile ${profile}`;
  return new Map([...sectionOf(configText(environment), section), ...sectionOf(readIfThere(credentials), profile)]);
}

/** What ~/.aws/config says of a sign-in that profiles share. */
export function sessionFields(session: string, environment: AwsEnvironment): AwsFields {
  return sectionOf(configText(environment), `sso-session ${session}`);
}

function configText(environment: AwsEnvironment): string {
  return readIfThere(environment["AWS_CONFIG_FILE"] ?? join(awsFolder(environment), "config"));
}

export function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw new Error(`cannot read ${path}`, { cause: error });
  }
}

function sectionOf(text: string, name: string): Map<string, string> {
  const fields = new Map<string, string>();
  let section = "";
  for (const line of text.split("\n")) {
    section = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line)?.[1]?.replace(/\s+/, " ") ?? section;
    // An indented line belongs to the field above it. A comment behind a value follows a blank.
    const [, key, text = ""] = /^(\w+)\s*=(.*)$/.exec(line) ?? [];
    const value = text.replace(/\s[#;].*$/, "").trim();
    if (section === name && key !== undefined && value !== "") fields.set(key.toLowerCase(), value);
  }
  return fields;
}

const metadataTimeoutMs = 2000;
const metadataBytesMax = 65_536;

export type MetadataClient = { readonly ask: (path: string) => Promise<string>; readonly close: () => void };

/** IMDSv2 (docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html). */
export function metadataClient({ metadataUrl }: AwsSurroundings): MetadataClient {
  const client = createHttpClient(defaultHttpClientConfig);
  const send = async (path: string, method: string, headers: Record<string, string>): Promise<string> => {
    const url = `${metadataUrl}/latest/${path}`;
    const request = { url, method, headers, timeoutMs: metadataTimeoutMs, bodyBytesMax: metadataBytesMax };
    const { status, body } = await client.request(request);
    if (status !== 200) throw new Error(`the instance's metadata answered ${status} for ${path}`);
    return body.toString().trim();
  };
  let token: Promise<string> | undefined;
  return {
    ask: async (path) => {
      token ??= send("api/token", "PUT", { "x-aws-ec2-metadata-token-ttl-seconds": "300" });
      return send(path, "GET", { "x-aws-ec2-metadata-token": await token });
    },
    close: () => client.close(),
  };
}
