import { execFileSync } from "node:child_process";
import { createPublicKey, createVerify, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { requestsMax } from "../concurrently.js";
import { type Asked, Reply } from "../testing/api.js";
import { Gate } from "../testing/gate.js";
import { type Listed, listOnce } from "../testing/listing.js";
import { ociSd } from "./config.js";
import { ociProviderIn } from "./provider.js";
import { ociHosts } from "./region.js";

const folder = mkdtempSync(join(tmpdir(), "oci-"));
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const keyFile = join(folder, "key.pem");
writeFileSync(keyFile, privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "open" }));
const user = `tenancy: t-1, user: u-1, fingerprint: "aa:bb", key_file: ${keyFile}, key_passphrase: open`;

function list(yaml: string, answers: (asked: Asked) => unknown): Promise<Listed> {
  const provider = (url: string): ReturnType<typeof ociProviderIn> =>
    ociProviderIn({ hosts: (service) => `${url}/${service}`, metadataUrl: url });
  return listOnce(
    { provider, section: ociSd, yaml: () => `{ region: us-ashburn-1, ${yaml} }`, answers },
    "__meta_oci_",
  );
}

/** Whether a request holds what its signature says, and the key's id. */
function signerOf({ headers, method, path, query, body }: Asked, key: Parameters<typeof createPublicKey>[0]): string {
  const parts = Object.fromEntries(
    [...(headers.authorization ?? "").matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  ) as Record<string, string>;
  const target = `${method.toLowerCase()} ${path}${query.size > 0 ? `?${query}` : ""}`;
  const values: Record<string, unknown> = { ...headers, "(request-target)": target };
  const text = (parts["headers"] ?? "").split(" ").map((name) => `${name}: ${String(values[name])}`);
  const verify = createVerify("sha256").update(text.join("\n"));
  expect(verify.verify(createPublicKey(key), parts["signature"] ?? "", "base64")).toBe(true);
  if (body !== "") expect(parts["headers"]).toContain("content-length content-type x-content-sha256");
  return parts["keyId"] ?? "";
}

const instance = {
  id: "i-1",
  displayName: "web",
  lifecycleState: "RUNNING",
  shape: "VM.Standard.A1.Flex",
  availabilityDomain: "AD-1",
  faultDomain: "FAULT-DOMAIN-1",
  region: "iad",
  compartmentId: "c-1",
  imageId: "im-1",
  freeformTags: { "my app": "a" },
  definedTags: { Ops: { Level: 3, On: true, List: [] } },
};
const attachments = [
  { vnicId: "v-0", lifecycleState: "DETACHED" },
  { vnicId: "v-1", lifecycleState: "ATTACHED" },
];
const vnic = { id: "v-1", isPrimary: true, privateIp: "10.0.0.9", publicIp: "192.0.2.9", hostnameLabel: "web" };

test("instances of all compartments below the tenancy are targets; requests are signed with the user's key", async () => {
  const { targets, asked, paths } = await list(user, ({ path, query }) => {
    const compartment = query.get("compartmentId");
    if (path === "/identity/20160918/compartments") {
      if (compartment === "c-1") return new Reply(404, "no");
      const isFirst = query.get("page") === null;
      const child = { id: isFirst ? "c-1" : "c-2", lifecycleState: isFirst ? "ACTIVE" : "DELETED" };
      return new Reply(200, [child], isFirst ? { "opc-next-page": "2" } : {});
    }
    if (path.endsWith("/instances")) return compartment === "c-1" ? [instance] : [{ id: "bare" }];
    if (path.endsWith("/vnicAttachments")) return query.get("instanceId") === "i-1" ? attachments : [];
    return vnic;
  });
  expect(targets).toEqual([
    {
      __address__: "10.0.0.9:80",
      availability_domain: "AD-1",
      compartment_id: "c-1",
      defined_tag_Ops_Level: "3",
      defined_tag_Ops_On: "true",
      fault_domain: "FAULT-DOMAIN-1",
      hostname_label: "web",
      image_id: "im-1",
      instance_id: "i-1",
      instance_name: "web",
      instance_shape: "VM.Standard.A1.Flex",
      instance_state: "RUNNING",
      private_ip: "10.0.0.9",
      public_ip: "192.0.2.9",
      region: "iad",
      tag_my_app: "a",
      tenancy_id: "t-1",
      vnic_id: "v-1",
    },
  ]);
  expect(paths).toContain("/iaas/20160918/vnics/v-1");
  for (const one of asked) {
    expect(signerOf(one, publicKey.export({ type: "spki", format: "pem" }))).toBe("t-1/u-1/aa:bb");
  }
});

test("a cloud in trouble is a failed refresh, not instances that vanish", async () => {
  const trouble = (part: string): Promise<Listed> =>
    list(user, ({ path }) => {
      if (path.endsWith(part)) return new Reply(503, "busy");
      return path.endsWith("/instances") ? [instance] : [];
    });
  await expect(trouble("/compartments")).rejects.toThrow("503");
  await expect(trouble("/vnicAttachments")).rejects.toThrow("503");
});

test("who is not known any more is a failed refresh, too", async () => {
  const answers = ({ path }: Asked): unknown => (path.endsWith("/instances") ? [instance] : new Reply(401, "expired"));
  await expect(list(`${user}, compartments: [c-1]`, answers)).rejects.toThrow("401");
});

test("instances are asked for their addresses some at a time, and stay in their order", async () => {
  const instances = Array.from({ length: 25 }, (_, i) => ({ id: String(i), compartmentId: "c-1" }));
  const gate = new Gate();
  const listed = list(`${user}, compartments: [c-1, c-2]`, async ({ path, query }) => {
    if (path.endsWith("/instances")) return query.get("compartmentId") === "c-1" ? instances : [];
    const id = query.get("instanceId") ?? path.slice(path.lastIndexOf("/") + 1);
    await gate.pass();
    return path.endsWith("/vnicAttachments")
      ? [{ vnicId: id, lifecycleState: "ATTACHED" }]
      : { id, isPrimary: true, privateIp: `10.0.0.${id}` };
  });
  expect((await listed).targets.map(({ instance_id }) => instance_id)).toEqual(instances.map(({ id }) => id));
  expect(gate.atOnceMax).toBe(requestsMax);
});

test("an instance trades its certificate for a token", async () => {
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "cert-key.pem")];
  const subject = "/CN=ocid1.instance/OU=opc-certtype:instance/OU=opc-tenant:t-9";
  const options = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", subject, "-keyout", key, "-out", cert];
  execFileSync("openssl", ["req", "-x509", ...options], { stdio: "ignore" });
  const { asked } = await list("auth: instance_principal, compartments: [c-1]", ({ path }) => {
    if (path === "/auth/v1/x509") return { token: "lent" };
    if (path.startsWith("/opc/v2")) return readFileSync(path.endsWith("key.pem") ? key : cert, "utf8");
    return [];
  });
  const trade = asked.find(({ path }) => path === "/auth/v1/x509") as Asked;
  expect(signerOf(trade, readFileSync(cert))).toMatch(/^t-9\/fed-x509-sha256\/([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  const { publicKey: session } = JSON.parse(trade.body) as { publicKey: string };
  const sessionKey = { key: Buffer.from(session, "base64"), format: "der", type: "spki" } as const;
  expect(signerOf(asked.at(-1) as Asked, sessionKey)).toBe("ST$lent");
});

test("a region's realm has hosts of its own", () => {
  expect(ociHosts("iaas", "us-ashburn-1")).toBe("https://iaas.us-ashburn-1.oraclecloud.com");
  expect(ociHosts("identity", "uk-gov-london-1")).toBe("https://identity.uk-gov-london-1.oraclegovcloud.uk");
});
