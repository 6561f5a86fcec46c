import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHttpClient, defaultHttpClientConfig } from "@narthex/service";
import { SimClock } from "@narthex/stdx";
import { expect, onTestFinished, test } from "vitest";
import { ApiServer, Reply, type Routes } from "../testing/api.js";
import { parseSd } from "../testing/world.js";
import { ec2Sd } from "./config.js";
import { AwsIdentity } from "./identity.js";
import { findRegion } from "./region.js";
import type { AwsEnvironment, AwsSurroundings } from "./surroundings.js";

const folder = mkdtempSync(join(tmpdir(), "aws-"));

function fileOf(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function surroundings(environment: AwsEnvironment, metadataUrl = "http://127.0.0.1:1"): AwsSurroundings {
  const files = { AWS_SHARED_CREDENTIALS_FILE: "/nowhere", AWS_CONFIG_FILE: "/nowhere" };
  return { environment: { ...files, ...environment }, metadataUrl };
}

async function serve(routes: Routes): Promise<ApiServer> {
  const server = await ApiServer.open(routes);
  onTestFinished(() => server.close());
  return server;
}

function identity(yaml: string, around: AwsSurroundings, clock = new SimClock(0)): () => Promise<unknown> {
  const http = createHttpClient(defaultHttpClientConfig);
  onTestFinished(() => http.close());
  const held = new AwsIdentity({ config: parseSd(ec2Sd, yaml), around, http, clock });
  return () => held.credentials("eu-west-1", new AbortController().signal);
}

const credentialsFile = fileOf(
  "credentials",
  "[other]\naws_access_key_id = o\n[mine]\naws_access_key_id = m\naws_secret_access_key=n\n",
);
const profiles = surroundings({ AWS_SHARED_CREDENTIALS_FILE: credentialsFile });
const keys = { AWS_ACCESS_KEY_ID: "e", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t" };
const ownKeys = "{ access_key: a, secret_key: b }";

test("keys come from the config, the environment, or a profile", async () => {
  expect(await identity(ownKeys, surroundings(keys))()).toEqual({ accessKey: "a", secretKey: "b" });
  expect(await identity("{}", surroundings(keys))()).toEqual({ accessKey: "e", secretKey: "s", sessionToken: "t" });
  expect(await identity("{ profile: mine }", profiles)()).toMatchObject({ accessKey: "m", secretKey: "n" });
  await expect(identity("{ profile: other }", profiles)()).rejects.toThrow('no credentials for AWS profile "other"');
});

test("the role of the instance lends keys", async () => {
  const metadata = await serve(({ method, path, headers }) => {
    if (method === "PUT") return new Reply(200, "token");
    if (headers["x-aws-ec2-metadata-token"] !== "token") return new Reply(401, "");
    if (path.endsWith("/region")) return new Reply(200, "eu-north-1");
    const isList = path.endsWith("/");
    return new Reply(200, isList ? "my-role" : { AccessKeyId: "r", SecretAccessKey: "s", Token: "t" });
  });
  const around = surroundings({}, metadata.url);
  expect(await identity("{}", around)()).toEqual({ accessKey: "r", secretKey: "s", sessionToken: "t" });
  expect(await findRegion(parseSd(ec2Sd, "{}"), around)).toBe("eu-north-1");
});

test("the container's endpoint lends keys, for a token", async () => {
  const lender = await serve(({ headers }) => {
    if (headers.authorization !== "pod") return new Reply(401, "");
    return { AccessKeyId: "c", SecretAccessKey: "s", Token: "t", Expiration: "1970-01-01T01:00:00Z" };
  });
  const token = fileOf("pod-token", "pod\n");
  const lent = { AWS_CONTAINER_CREDENTIALS_FULL_URI: lender.url, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: token };
  expect(await identity("{}", surroundings(lent))()).toMatchObject({ accessKey: "c", expiresAt: 3_600_000 });
});

const lentXml = (action: string): string =>
  `<${action}Response><${action}Result><Credentials><AccessKeyId>L</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
   <SessionToken>t</SessionToken><Expiration>1970-01-01T00:15:00Z</Expiration></Credentials></${action}Result></${action}Response>`;

test("a role is asked of the token service, and again before it ends", async () => {
  const sts = await serve(() => new Reply(200, lentXml("AssumeRole")));
  const clock = new SimClock(0);
  const yaml = "{ access_key: AKID, secret_key: b, role_arn: arn:r, external_id: x }";
  const credentials = identity(yaml, surroundings({ AWS_ENDPOINT_URL_STS: sts.url }), clock);
  expect(await credentials()).toMatchObject({ accessKey: "L", secretKey: "s", sessionToken: "t" });
  expect(await credentials()).toMatchObject({ accessKey: "L" });
  expect(sts.asked).toHaveLength(1);
  expect(Object.fromEntries(new URLSearchParams(sts.asked[0]?.body))).toEqual({
    Version: "2011-06-15",
    Action: "AssumeRole",
    RoleArn: "arn:r",
    RoleSessionName: "narthex-0",
    DurationSeconds: "900",
    ExternalId: "x",
  });
  expect(sts.asked[0]?.headers.authorization).toContain("Credential=AKID/19700101/eu-west-1/sts/aws4_request");
  await clock.advance(660_000);
  await credentials();
  expect(sts.asked).toHaveLength(2);
});

test("a web identity's token is given for a role, unsigned", async () => {
  const sts = await serve(() => new Reply(200, lentXml("AssumeRoleWithWebIdentity")));
  const token = fileOf("web-token", "jwt\n");
  const web = { AWS_WEB_IDENTITY_TOKEN_FILE: token, AWS_ROLE_ARN: "arn:w", AWS_ENDPOINT_URL_STS: sts.url };
  expect(await identity("{}", surroundings(web))()).toMatchObject({ accessKey: "L" });
  expect(sts.asked[0]?.body).toContain("WebIdentityToken=jwt");
  expect(sts.asked[0]?.headers.authorization).toBeUndefined();
});

test("what the token service says is told", async () => {
  const sts = await serve(() => new Reply(403, "<Error>no</Error>"));
  const yaml = "{ access_key: a, secret_key: b, role_arn: r }";
  await expect(identity(yaml, surroundings({ AWS_ENDPOINT_URL_STS: sts.url }))()).rejects.toThrow("403 Forbidden");
});

test("a region comes from the config, the environment or a profile", async () => {
  const region = (yaml: string, around: AwsSurroundings): Promise<string> => findRegion(parseSd(ec2Sd, yaml), around);
  expect(await region("{ region: a }", surroundings({ AWS_REGION: "b" }))).toBe("a");
  expect(await region("{}", surroundings({ AWS_REGION: "b" }))).toBe("b");
  const config = fileOf("config", "[profile mine]\nregion = c\n");
  expect(await region("{ profile: mine }", surroundings({ AWS_CONFIG_FILE: config }))).toBe("c");
  await expect(region("{}", surroundings({}))).rejects.toThrow("could not determine AWS region");
});
