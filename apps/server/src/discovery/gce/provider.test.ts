import { createVerify, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
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
  await expect(list(answerToken, () => keyFile({ type: "external_account" }))).rejects.toThrow(
    /type \\"external_account\\" are not supported/,
  );
});
