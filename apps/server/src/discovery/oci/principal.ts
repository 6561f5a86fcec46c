// Who we are for Oracle's cloud: the user of an API key, or the instance that we run on, which trades the certificate
// that its metadata holds for a token (docs.oracle.com/iaas/Content/Identity/Tasks/callingservicesfrominstances.htm).
// Goes to: oci/provider.
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { secretText } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import type { ApiClient } from "../api-client.js";
import { TokenKeeper } from "../token.js";
import type { OciSdConfig } from "./config.js";
import type { OciHosts } from "./region.js";
import { type OciKey, ociHeaders } from "./signature.js";

export type Identity = { readonly tenancy: string; readonly key: OciKey };

export type Principal = {
  /** What `ask` makes of who we are at this moment. */
  readonly use: <T>(signal: AbortSignal, ask: (identity: Identity) => Promise<T>) => Promise<T>;
};

export type PrincipalOptions = {
  readonly config: OciSdConfig;
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly hosts: OciHosts;
  readonly metadataUrl: string;
};

export function principalOf(options: PrincipalOptions): Principal {
  return options.config.auth === "api_key" ? userPrincipal(options.config) : instancePrincipal(options);
}

/** The key is read at each refresh: its file may have been changed. */
function userPrincipal(config: OciSdConfig): Principal {
  const { tenancy, user, fingerprint } = config;
  const id = `${tenancy}/${user}/${fingerprint}`;
  return { use: async (_, ask) => ask({ tenancy, key: { id, key: keyOf(config) } }) };
}

function keyOf({ key_file, key_passphrase, key_passphrase_file }: OciSdConfig): KeyObject {
  const passphrase = secretText(key_passphrase, key_passphrase_file);
  try {
    return createPrivateKey({ key: readFileSync(key_file), ...(passphrase === "" ? {} : { passphrase }) });
  } catch (error) {
    throw new Error(`cannot read the OCI key file ${key_file}`, { cause: error });
  }
}

/** The token holds for some twenty minutes or more; it is asked for anew well before. */
const tokenLifeMs = 600_000;

function instancePrincipal(options: PrincipalOptions): Principal {
  const keeper = new TokenKeeper<Identity>(options.clock, async (signal) => ({
    value: await tradeCertificate(options, signal),
    expiresAt: options.clock.now() + tokenLifeMs,
  }));
  return { use: (signal, ask) => keeper.use(signal, ask) };
}

async function tradeCertificate(options: PrincipalOptions, signal: AbortSignal): Promise<Identity> {
  const { config, api, clock, hosts, metadataUrl } = options;
  const ask = (name: string): Promise<string> =>
    api.text({
      url: `${metadataUrl}/opc/v2/identity/${name}`,
      headers: { authorization: "Bearer Oracle", accept: "*/*" },
      signal,
    });
  const certificate = new X509Certificate(await ask("cert.pem"));
  const key = createPrivateKey(await ask("key.pem"));
  const intermediate = new X509Certificate(await ask("intermediate.pem"));
  const tenancy = tenancyOf(certificate);
  const session = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const body = JSON.stringify({
    certificate: certificate.raw.toString("base64"),
    publicKey: session.publicKey.export({ type: "spki", format: "der" }).toString("base64"),
    intermediateCertificates: [intermediate.raw.toString("base64")],
  });
  const url = new URL(`${hosts("auth", config.region)}/v1/x509`);
  const own = { id: `${tenancy}/fed-x509-sha256/${fingerprintOf(certificate)}`, key };
  const headers = ociHeaders({ method: "POST", url, timeMs: clock.now(), body }, own);
  const answer = await api.json({ url, method: "POST", headers, body, signal });
  return { tenancy, key: { id: `ST$${answer.at("token").text()}`, key: session.privateKey } };
}

function tenancyOf({ subject }: X509Certificate): string {
  const tenancy = /opc-(?:tenant|identity):([^\s,+]+)/.exec(subject)?.[1];
  if (tenancy === undefined) throw new Error("the instance's certificate names no tenancy");
  return tenancy;
}

function fingerprintOf({ raw }: X509Certificate): string {
  const hex = createHash("sha256").update(raw).digest("hex").toUpperCase();
  return hex.match(/../g)?.join(":") ?? "";
}
