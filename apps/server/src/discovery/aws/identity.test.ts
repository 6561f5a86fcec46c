import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHttpClient, defaultHttpClientConfig } from "@narthex/service";
import { SimClock } from "@narthex/stdx";
import { describe, expect, onTestFinished, test } from "vitest";
import { ApiServer, Reply, type Routes } from "../testing/api.js";
import { parseSd } from "../testing/world.js";
import { ec2Sd } from "./config.js";
import { AwsIdentity } from "./identity.js";
import { profileDepthMax } from "./profile.js";
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

const profilesOf = (config: string, environment: AwsEnvironment = {}): AwsSurroundings =>
  surroundings({ AWS_CONFIG_FILE: fileOf("profiles", config), PATH: process.env["PATH"], ...environment });

test("a profile's program prints keys, and again before they end", async () => {
  const runs = join(folder, "runs");
  const program = fileOf(
    "program",
    `echo run >> ${runs}; echo "{\\"Version\\": 1, \\"AccessKeyId\\": \\"$1\\", \
    \\"SecretAccessKey\\": \\"s\\", \\"SessionToken\\": \\"t\\", \\"Expiration\\": \\"1970-01-01T00:10:00Z\\"}"`,
  );
  const clock = new SimClock(0);
  const around = profilesOf(`[profile p]\ncredential_process = sh ${program} "a b" # comment\n`);
  const credentials = identity("{ profile: p }", around, clock);
  const expected = { accessKey: "a b", secretKey: "s", sessionToken: "t", expiresAt: 600_000 };
  expect(await credentials()).toEqual(expected);
  expect(await credentials()).toEqual(expected);
  expect(readFileSync(runs, "utf8")).toBe("run\n");
  await clock.advance(400_000);
  await credentials();
  expect(readFileSync(runs, "utf8")).toBe("run\nrun\n");
});

test.each([
  ["echo no such user >&2; exit 4", "credential_process: it ended with 4: no such user"],
  ["echo '{\"Version\": 2}'", "credential_process: it printed Version 2, not 1"],
  ["echo '{\"Version\": 1}'", "no AccessKeyId"],
])("a program that does %s is told", async (command, text) => {
  const around = profilesOf(`[profile p]\ncredential_process = ${command}\n`);
  await expect(identity("{ profile: p }", around)()).rejects.toThrow(text);
});

describe("who signed in", () => {
  const token = { accessToken: "bearer", expiresAt: "1970-01-01T01:00:00Z" };
  const renewable = {
    ...token,
    refreshToken: "again",
    clientId: "id",
    clientSecret: "hush",
    registrationExpiresAt: "1970-03-01T00:00:00Z",
  };
  const session = `[profile p]\nsso_session = us\nsso_account_id = 123\nsso_role_name = reader
[sso-session us]\nsso_region = eu-west-1\nsso_start_url = https://us.awsapps.com/start\n`;

  /** Answers both of AWS' services; `kept` is what `aws sso login` left under the name. */
  async function signedIn(kept: unknown, { profiles = session, name = "us", now = 0 } = {}) {
    const api = await serve(({ path, query, headers, body }) => {
      if (path === "/token") return { accessToken: `renewed by ${JSON.parse(body).refreshToken}`, expiresIn: 3600 };
      if (path !== "/federation/credentials") return undefined;
      const accessKey = `${String(headers["x-amz-sso_bearer_token"])} ${query}`;
      return { roleCredentials: { accessKeyId: accessKey, secretAccessKey: "s", sessionToken: "t", expiration: 9e9 } };
    });
    const home = mkdtempSync(join(tmpdir(), "home-"));
    mkdirSync(join(home, ".aws/sso/cache"), { recursive: true });
    const file = join(home, ".aws/sso/cache", `${createHash("sha1").update(name).digest("hex")}.json`);
    if (kept !== undefined) writeFileSync(file, JSON.stringify(kept));
    const around = profilesOf(profiles, {
      HOME: home,
      AWS_ENDPOINT_URL_SSO: api.url,
      AWS_ENDPOINT_URL_SSO_OIDC: api.url,
    });
    return { credentials: identity("{ profile: p }", around, new SimClock(now)), file, api };
  }

  test("gives the token for a role's keys", async () => {
    const { credentials } = await signedIn(token);
    expect(await credentials()).toEqual({
      accessKey: "bearer role_name=reader&account_id=123",
      secretKey: "s",
      sessionToken: "t",
      expiresAt: 9e9,
    });
  });

  test("in the old form, without a session", async () => {
    const profiles = `[profile p]\nsso_start_url = https://old\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = r\n`;
    const { credentials } = await signedIn(token, { profiles, name: "https://old" });
    expect(await credentials()).toMatchObject({ accessKey: "bearer role_name=r&account_id=1" });
  });

  test("renews a token that is about to end, and keeps what comes", async () => {
    const { credentials, file, api } = await signedIn(renewable, { now: 3_500_000 });
    expect(await credentials()).toMatchObject({ accessKey: "renewed by again role_name=reader&account_id=123" });
    expect(JSON.parse(api.asked[0]?.body ?? "")).toMatchObject({ clientId: "id", clientSecret: "hush" });
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
      ...renewable,
      accessToken: "renewed by again",
      expiresAt: "1970-01-01T01:58:20.000Z",
    });
  });

  test.each([
    ["has ended", token, 3_600_000, /has ended: sign in with "aws sso login"/],
    ["was never there", undefined, 0, /cannot read the AWS sign-in/],
  ])("is told that it %s", async (_, kept, now, text) => {
    await expect((await signedIn(kept, { now })).credentials()).rejects.toThrow(text);
  });
});

describe("a profile's role", () => {
  const assumed = async (config: string, environment: AwsEnvironment = {}) => {
    const sts = await serve(({ body }) => new Reply(200, lentXml(new URLSearchParams(body).get("Action") ?? "")));
    const credentials = identity(
      "{ profile: p }",
      profilesOf(config, { AWS_ENDPOINT_URL_STS: sts.url, ...environment }),
    );
    return { held: await credentials(), sts };
  };
  const asked = ({ sts }: Awaited<ReturnType<typeof assumed>>): unknown[] =>
    sts.asked.map(({ body, headers }) => {
      const form = Object.fromEntries(new URLSearchParams(body));
      return [form["RoleArn"], /Credential=(\w+)/.exec(headers.authorization ?? "")?.[1]];
    });

  test("stands on another profile's keys, and that one's role", async () => {
    const config = `[profile p]\nrole_arn = arn:p\nsource_profile = q\nexternal_id = x\nrole_session_name = me\nduration_seconds = 3600
[profile q]\nrole_arn = arn:q\nsource_profile = q\naws_access_key_id = k\naws_secret_access_key = s\n`;
    const one = await assumed(config);
    expect(one.held).toMatchObject({ accessKey: "L" });
    expect(asked(one)).toEqual([
      ["arn:q", "k"],
      ["arn:p", "L"],
    ]);
    expect(Object.fromEntries(new URLSearchParams(one.sts.asked[1]?.body))).toMatchObject({
      ExternalId: "x",
      RoleSessionName: "me",
      DurationSeconds: "3600",
    });
  });

  test("stands on what the surroundings lend", async () => {
    const config = "[profile p]\nrole_arn = arn:p\ncredential_source = Environment\n";
    expect(asked(await assumed(config, keys))).toEqual([["arn:p", "e"]]);
    await expect(assumed(config)).rejects.toThrow('credential_source "Environment"');
  });

  test("is taken with a web identity's token, unsigned", async () => {
    const config = `[profile p]\nrole_arn = arn:p\nweb_identity_token_file = ${fileOf("profile-token", "jwt\n")}\n`;
    expect(asked(await assumed(config))).toEqual([["arn:p", undefined]]);
  });

  test.each([
    ["[profile p]\nrole_arn = r\n", "has a role_arn and no credentials to take it with"],
    ["[profile p]\nrole_arn = r\nmfa_serial = m\n", "wants a code of a device"],
    ["[profile p]\nrole_arn = r\nsource_profile = q\n[profile q]\nrole_arn = r\nsource_profile = p\n", "p → q → p"],
  ])("%j is refused", async (config, text) => {
    await expect(assumed(config)).rejects.toThrow(text);
  });

  test("stands on a bounded number of others", async () => {
    const chain = Array.from(
      { length: profileDepthMax },
      (_, i) => `[profile ${i || "p"}]\nrole_arn = r\nsource_profile = ${i + 1}\n`,
    );
    await expect(assumed(chain.join(""))).rejects.toThrow(`more than ${profileDepthMax} AWS profiles`);
  });
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
