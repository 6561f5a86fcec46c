import { createVerify, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Asked } from "../testing/api.js";
import { type Listed, listOnce } from "../testing/listing.js";
import { gceSd } from "./config.js";
import { gceProviderIn } from "./provider.js";

const folder = mkdtempSync(join(tmpdir(), "gce-"));

function list(
  answers: (asked: Asked) => unknown,
  environment: (url: string) => Record<string, string>,
): Promise<Listed> {
  return listOnce(
    {
      provider: (url) => {
        const own = { CLOUDSDK_CONFIG: "/nowhere", ...environment(url) };
        return gceProviderIn({ environment: own, tokenUrl: `${url}/token` }, url);
      },
      section: gceSd,
      yaml: () => "{ project: p-1, zone: europe-west1-b, filter: 'labels.a=b', tag_separator: ';' }",
      answers,
    },
    "__meta_gce_",
  );
}

const instance = {
  id: "4077",
  name: "web",
  status: "RUNNING",
  zone: "https://www.googleapis.com/compute/v1/projects/p-1/zones/europe-west1-b",
  machineType: "e2-small",
  tags: { items: ["http", "web"] },
  labels: { env: "prod" },
  metadata: { items: [{ key: "start-up", value: "x" }, { key: "none" }] },
  networkInterfaces: [
    {
      name: "nic0",
      network: "default",
      subnetwork: "sub",
      networkIP: "10.0.0.2",
      accessConfigs: [{ type: "ONE_TO_ONE_NAT", natIP: "192.0.2.2" }],
    },
    { name: "nic1", networkIP: "10.0.1.2" },
  ],
};

const token = { access_token: "lent", expires_in: 3600, token_type: "Bearer" };

test("instances of all pages are targets; the metadata server lends the token", async () => {
  const { targets, asked, paths } = await list(
    ({ path, query }) => {
      if (path.endsWith("/token")) return token;
      return query.get("pageToken") === "2" ? { items: [instance] } : { items: [{ id: "1" }], nextPageToken: "2" };
    },
    (url) => ({ GCE_METADATA_HOST: url.replace("http://", "") }),
  );
  expect(targets).toEqual([
    {
      __address__: "10.0.0.2:80",
      instance_id: "4077",
      instance_name: "web",
      instance_status: "RUNNING",
      interface_ipv4_nic0: "10.0.0.2",
      interface_ipv4_nic1: "10.0.1.2",
      label_env: "prod",
      machine_type: "e2-small",
      metadata_start_up: "x",
      network: "default",
      private_ip: "10.0.0.2",
      project: "p-1",
      public_ip: "192.0.2.2",
      subnetwork: "sub",
      tags: ";http;web;",
      zone: instance.zone,
    },
  ]);
  expect(asked[0]?.headers["metadata-flavor"]).toBe("Google");
  const instances = "/compute/v1/projects/p-1/zones/europe-west1-b/instances?filter=labels.a=b";
  expect(paths.slice(1)).toEqual([instances, `${instances}&pageToken=2`]);
  expect(asked[1]?.headers.authorization).toBe("Bearer lent");
});

function keyFile(key: Record<string, unknown>): Record<string, string> {
  const file = join(folder, "key.json");
  writeFileSync(file, JSON.stringify(key));
  return { GOOGLE_APPLICATION_CREDENTIALS: file };
}

const answerToken = ({ path }: Asked): unknown => (path === "/token" ? token : {});

test("a service account's key file is an assertion for the token endpoint", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  const { asked } = await list(answerToken, () =>
    keyFile({ type: "service_account", client_email: "me@p-1", private_key_id: "k", private_key: pem }),
  );
  const form = new URLSearchParams(asked[0]?.body);
  const [header = "", claims = "", signature = ""] = (form.get("assertion") ?? "").split(".");
  expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({
    iss: "me@p-1",
    scope: "https://www.googleapis.com/auth/compute.readonly",
    iat: 1000,
  });
  const verify = createVerify("sha256").update(`${header}.${claims}`);
  expect(verify.verify(publicKey, Buffer.from(signature, "base64url"))).toBe(true);
  expect(asked[1]?.headers.authorization).toBe("Bearer lent");
});

test("a user's file gives its refresh token; another type is refused by name", async () => {
  const user = { type: "authorized_user", client_id: "c", client_secret: "s", refresh_token: "r" };
  const { asked } = await list(answerToken, () => keyFile(user));
  expect(asked[0]?.body).toBe("client_id=c&client_secret=s&refresh_token=r&grant_type=refresh_token");
  await expect(list(answerToken, () => keyFile({ type: "gdch_service_account" }))).rejects.toThrow(
    /type \\"gdch_service_account\\" are not supported/,
  );
});

test("a user acts for a service account, by way of another", async () => {
  const path = "/v1/projects/-/serviceAccounts/me@p-1.iam:generateAccessToken";
  const user = { type: "authorized_user", client_id: "c", client_secret: "s", refresh_token: "r" };
  const { asked } = await list(
    (question) =>
      question.path === path ? { accessToken: "account's", expireTime: "1970-01-01T01:00:00Z" } : answerToken(question),
    (url) =>
      keyFile({
        type: "impersonated_service_account",
        service_account_impersonation_url: url + path,
        delegates: ["projects/-/serviceAccounts/between@p-1.iam"],
        source_credentials: user,
      }),
  );
  expect(asked[0]?.body).toContain("refresh_token=r");
  expect(asked[1]?.headers.authorization).toBe("Bearer lent");
  expect(JSON.parse(asked[1]?.body ?? "")).toEqual({
    scope: ["https://www.googleapis.com/auth/compute.readonly"],
    lifetime: "3600s",
    delegates: ["projects/-/serviceAccounts/between@p-1.iam"],
  });
  expect(asked[2]?.headers.authorization).toBe("Bearer account's");
});

test("an account that acts for another is no source of one that does", async () => {
  const key = { type: "impersonated_service_account" };
  await expect(list(answerToken, () => keyFile({ ...key, source_credentials: key }))).rejects.toThrow(
    "must not come from credentials that do so, too",
  );
});

describe("another provider vouches for us", () => {
  const audience = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q";
  const account = "/v1/projects/-/serviceAccounts/me@p-1.iam:generateAccessToken";
  const answers = ({ path }: Asked): unknown => {
    if (path === "/vouch") return { value: "from the url" };
    if (path === account) return { accessToken: "account's", expireTime: "1970-01-01T01:00:00Z" };
    return answerToken({ path } as Asked);
  };
  /** With this credential_source, in which `URL` stands for the server, and fields beside it. */
  const vouched = async (
    source: unknown,
    fields: Record<string, string> = {},
    environment = {},
  ): Promise<readonly Asked[]> => {
    const { asked } = await list(answers, (url) => {
      const key = { type: "external_account", audience, subject_token_type: "jwt", token_url: "URL/token", ...fields };
      const text = JSON.stringify({ ...key, credential_source: source }).replaceAll("URL", url);
      return { ...keyFile(JSON.parse(text)), ...environment };
    });
    return asked;
  };
  const subjectOf = ([first]: readonly Asked[]): string | null => new URLSearchParams(first?.body).get("subject_token");

  test("with a file", async () => {
    const file = join(folder, "subject");
    writeFileSync(file, "from the file\n");
    const asked = await vouched({ file });
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.body))).toEqual({
      audience,
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
      scope: "https://www.googleapis.com/auth/compute.readonly",
      subject_token: "from the file",
      subject_token_type: "jwt",
    });
    expect(asked[1]?.headers.authorization).toBe("Bearer lent");
  });

  test("with a URL, for a service account's token", async () => {
    const format = { type: "json", subject_token_field_name: "value" };
    const asked = await vouched(
      { url: "URL/vouch", headers: { "x-who": "me" }, format },
      { service_account_impersonation_url: `URL${account}`, client_id: "c", client_secret: "s" },
    );
    expect(asked[0]?.headers["x-who"]).toBe("me");
    expect(subjectOf(asked.slice(1))).toBe("from the url");
    expect(asked[1]?.headers.authorization).toBe(`Basic ${Buffer.from("c:s").toString("base64")}`);
    expect(asked[1]?.body).toContain("cloud-platform");
    expect(JSON.parse(asked[2]?.body ?? "")).toEqual({
      scope: ["https://www.googleapis.com/auth/compute.readonly"],
      lifetime: "3600s",
    });
    expect(asked[2]?.headers.authorization).toBe("Bearer lent");
    expect(asked[3]?.headers.authorization).toBe("Bearer account's");
  });

  const program = (printed: string): unknown => {
    const file = join(folder, "program");
    writeFileSync(file, `#!/bin/sh\nprintf '${printed}' "$1 $GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE"\n`, { mode: 0o755 });
    return { executable: { command: `${file} one` } };
  };
  const allowed = { GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: "1", PATH: process.env["PATH"] };

  test("with a program, where that is allowed", async () => {
    const good = program('{"version": 1, "success": true, "token_type": "jwt", "id_token": "%s"}');
    expect(subjectOf(await vouched(good, {}, allowed))).toBe(`one ${audience}`);
    await expect(vouched(good)).rejects.toThrow("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1");
    const bad = program('{"version": 1, "success": false, "code": "401", "message": "who? %.0s"}');
    await expect(vouched(bad, {}, allowed)).rejects.toThrow("gives no token: 401 who?");
  });

  test("with a question to AWS that we sign", async () => {
    const source = {
      environment_id: "aws1",
      regional_cred_verification_url: "https://sts.{region}.amazonaws.com?Action=A",
    };
    const aws = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: "s" };
    const question = JSON.parse(decodeURIComponent(subjectOf(await vouched(source, {}, aws)) ?? ""));
    expect(question).toMatchObject({ url: "https://sts.eu-west-1.amazonaws.com/?Action=A", method: "POST" });
    const headers = Object.fromEntries(question.headers.map(({ key, value }: Record<string, string>) => [key, value]));
    expect(headers).toMatchObject({ host: "sts.eu-west-1.amazonaws.com", "x-goog-cloud-target-resource": audience });
    expect(headers.authorization).toMatch(/Credential=AKID.*SignedHeaders=[^,]*x-goog-cloud-target-resource/);
  });

  test.each([
    [{ environment_id: "other1" }, "environment_id that is not known"],
    [{ certificate: {} }, "a credential_source that is not supported"],
  ])("%j is refused", async (source, text) => {
    await expect(vouched(source)).rejects.toThrow(text);
  });
});
