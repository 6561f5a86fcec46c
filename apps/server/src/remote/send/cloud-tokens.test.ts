import { createVerify, generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseYamlFile } from "@narthex/service";
import { SimClock } from "@narthex/stdx";
import { expect, onTestFinished, test } from "vitest";
import { azuread } from "../../config/cloud-auth.js";
import { ApiServer } from "../../discovery/testing/api.js";
import { azureTokens, type CloudTokens, type CloudWorld, googleTokens } from "./cloud-tokens.js";

const id = "00000000-0000-0000-0000-00000000000a";
const folder = mkdtempSync(join(tmpdir(), "cloud-tokens-"));
const startMs = 1_700_000_000_000;

async function open(): Promise<{ api: ApiServer; world: CloudWorld; clock: SimClock }> {
  let lent = 0;
  const api = await ApiServer.open(() => ({ access_token: `lent-${++lent}`, expires_in: 3600 }));
  onTestFinished(() => api.close());
  const monitor = { authority: api.url, scope: "https://monitor.example//.default" };
  const clouds = { AzurePublic: monitor };
  const world = { environment: {}, metadataUrl: api.url, tokenUrl: `${api.url}/google`, clouds };
  return { api, world, clock: new SimClock(startMs) };
}

function closeLater(tokens: CloudTokens): CloudTokens {
  onTestFinished(() => tokens.close());
  return tokens;
}

async function azure(yaml: string): Promise<{ api: ApiServer; tokens: CloudTokens; clock: SimClock }> {
  const { api, world, clock } = await open();
  return { api, clock, tokens: closeLater(azureTokens(parseYamlFile("test.yml", yaml, azuread), clock, world)) };
}

test("a client's secret is traded for a token, which is kept until it ends or is refused", async () => {
  const { api, tokens, clock } = await azure(`{ oauth: { client_id: ${id}, client_secret: s, tenant_id: t } }`);
  expect(await Promise.all([tokens.header(), tokens.header()])).toEqual(["Bearer lent-1", "Bearer lent-1"]);
  const [asked] = api.asked;
  expect(asked?.path).toBe("/t/oauth2/v2.0/token");
  expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
    grant_type: "client_credentials",
    client_id: id,
    client_secret: "s",
    scope: "https://monitor.example//.default",
  });
  await clock.advance(3_550_000);
  expect(await tokens.header()).toBe("Bearer lent-2");
  tokens.refused?.("Bearer lent-2");
  expect(await tokens.header()).toBe("Bearer lent-3");
});

test("the machine's identity is asked for the resource of the scope", async () => {
  const { api, tokens } = await azure(`{ managed_identity: { client_id: ${id} } }`);
  await tokens.header();
  expect(Object.fromEntries(api.asked[0]?.query ?? [])).toMatchObject({
    resource: "https://monitor.example/",
    client_id: id,
  });
});

test("a workload's token comes from its file, for a scope of its own", async () => {
  const file = join(folder, "federated");
  writeFileSync(file, "federated\n");
  const { api, tokens } = await azure(
    `{ workload_identity: { client_id: ${id}, tenant_id: t, token_file_path: ${file} }, scope: https://other/x }`,
  );
  await tokens.header();
  expect(Object.fromEntries(new URLSearchParams(api.asked[0]?.body))).toMatchObject({
    client_assertion: "federated",
    scope: "https://other/x",
  });
});

test("a certificate signs who we are for the endpoint that is asked", async () => {
  const path = new URL("../../../../../packages/service/testdata/tls/client.crt", import.meta.url).pathname;
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const keyPath = join(folder, "client.key");
  const lock = { cipher: "aes-256-cbc", passphrase: "p" };
  writeFileSync(keyPath, privateKey.export({ type: "pkcs8", format: "pem", ...lock }));
  const { api, tokens } = await azure(`{ certificate: { client_id: ${id}, tenant_id: t, certificate_path: ${path},
    certificate_key_path: ${keyPath}, certificate_password: p, send_certificate_chain: true } }`);
  await tokens.header();
  const assertion = new URLSearchParams(api.asked[0]?.body).get("client_assertion") ?? "";
  const [header, claims, signature = ""] = assertion.split(".");
  const parsed = (part = ""): Record<string, unknown> => JSON.parse(Buffer.from(part, "base64url").toString());
  const certificate = new X509Certificate(readFileSync(path));
  expect(parsed(header)).toEqual({
    alg: "RS256",
    typ: "JWT",
    x5t: Buffer.from(certificate.fingerprint.replaceAll(":", ""), "hex").toString("base64url"),
    x5c: [certificate.raw.toString("base64")],
  });
  expect(parsed(claims)).toMatchObject({
    aud: `${api.url}/t/oauth2/v2.0/token`,
    iss: id,
    sub: id,
    exp: startMs / 1000 + 600,
  });
  const verify = createVerify("sha256").update(`${header}.${claims}`);
  expect(verify.verify(publicKey, signature, "base64url")).toBe(true);
});

test("Google lends for a key file, to write to Cloud Monitoring", async () => {
  const { api, world, clock } = await open();
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const file = join(folder, "key.json");
  const key = privateKey.export({ type: "pkcs8", format: "pem" });
  writeFileSync(file, JSON.stringify({ type: "service_account", client_email: "me@x", private_key: key }));
  const tokens = closeLater(googleTokens({ credentials_file: file }, clock, world));
  expect(await tokens.header()).toBe("Bearer lent-1");
  const [, claims = ""] = (new URLSearchParams(api.asked[0]?.body).get("assertion") ?? "").split(".");
  expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({
    iss: "me@x",
    scope: "https://www.googleapis.com/auth/monitoring.write",
  });
});
