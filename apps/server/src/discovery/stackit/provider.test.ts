import { createVerify, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listOnce } from "../testing/listing.js";
import { stackitSd } from "./config.js";
import { stackitProviderWith } from "./provider.js";

const servers = [
  {
    id: "b4176700",
    name: "web",
    availabilityZone: "eu01-1",
    status: "ACTIVE",
    powerStatus: "RUNNING",
    machineType: "g1.1",
    labels: { "my.team": "a", count: 3 },
    nics: [
      { networkName: "my net", ipv4: "10.0.0.2" },
      { networkName: "other", ipv4: "10.0.1.2", publicIp: "192.0.2.7" },
    ],
  },
  { id: "inside", nics: [{ networkName: "my net", ipv4: "10.0.0.3" }] },
  { id: "bare" },
];

test("servers with an address are targets, the public one first; no account asks as the HTTP client does", async () => {
  const { targets, paths, asked } = await listOnce(
    {
      provider: () => stackitProviderWith("http://127.0.0.1:1"),
      section: stackitSd,
      yaml: (url) => `{ project: p-1, endpoint: "${url}", authorization: { credentials: t } }`,
      answers: () => ({ items: servers }),
    },
    "__meta_stackit_",
  );
  expect(targets).toEqual([
    {
      __address__: "192.0.2.7:80",
      availability_zone: "eu01-1",
      id: "b4176700",
      label_my_team: "a",
      labelpresent_my_team: "true",
      name: "web",
      power_status: "RUNNING",
      private_ipv4_my_net: "10.0.0.2",
      private_ipv4_other: "10.0.1.2",
      project: "p-1",
      public_ipv4: "192.0.2.7",
      status: "ACTIVE",
      type: "g1.1",
    },
    { __address__: "10.0.0.3:80", id: "inside", private_ipv4_my_net: "10.0.0.3", project: "p-1" },
  ]);
  expect(paths).toEqual(["/v1/projects/p-1/servers?details=true"]);
  expect(asked[0]?.headers.authorization).toBe("Bearer t");
});

test("a service account's key gets a token for an assertion that it signed", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const folder = mkdtempSync(join(tmpdir(), "stackit-"));
  const pem = join(folder, "key.pem");
  writeFileSync(pem, privateKey.export({ type: "pkcs8", format: "pem" }));
  const key = join(folder, "account.json");
  writeFileSync(key, JSON.stringify({ credentials: { kid: "k", iss: "me@sa", sub: "s", aud: "https://aud" } }));
  const { asked } = await listOnce(
    {
      provider: (url) => stackitProviderWith(`${url}/token`),
      section: stackitSd,
      yaml: (url) => `{ project: p, endpoint: "${url}", service_account_key_path: ${key}, private_key_path: ${pem} }`,
      answers: ({ path }) => (path === "/token" ? { access_token: "lent", expires_in: 3600 } : { items: [] }),
    },
    "__meta_stackit_",
  );
  const form = new URLSearchParams(asked[0]?.body);
  const [header = "", claims = "", signature = ""] = (form.get("assertion") ?? "").split(".");
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString());
  expect(read(header)).toEqual({ alg: "RS512", typ: "JWT", kid: "k" });
  expect(read(claims)).toMatchObject({ iss: "me@sa", sub: "s", aud: "https://aud", iat: 1000, exp: 1600 });
  const verify = createVerify("sha512").update(`${header}.${claims}`);
  expect(verify.verify(publicKey, Buffer.from(signature, "base64url"))).toBe(true);
  expect(asked[1]?.headers.authorization).toBe("Bearer lent");
});
