// Who we are to a cloud's own storage: tokens of Azure's for Azure Monitor (azuread), of Google's for Cloud Monitoring
// (google_iam). Loaded only where a remote has such a section. Goes to: send/write-http.
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { type AuthorizationSource, defaultHttpClientConfig, signJwt } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import type { AzureAdConfig, GoogleIamConfig } from "../../config/cloud-auth.js";
import { ApiClient } from "../../discovery/api-client.js";
import { type AzureIdentity, lendAzureToken } from "../../discovery/azure/token.js";
import { googleSurroundings, lendGoogleToken } from "../../discovery/gce/credentials.js";
import { type Token, TokenKeeper } from "../../discovery/token.js";

/** Times out an answer of who lends tokens. */
const timeoutMs = 30_000;

export type CloudWorld = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of Azure's instance metadata service. */
  readonly metadataUrl: string;
  /** Where Google lends tokens, unless a key file names another. */
  readonly tokenUrl: string;
  readonly clouds: Readonly<Record<string, AzureMonitor>>;
};

export type AzureMonitor = {
  /** Who lends tokens. */
  readonly authority: string;
  readonly scope: string;
};

export const cloudWorld: CloudWorld = {
  environment: process.env,
  metadataUrl: "http://169.254.169.254",
  tokenUrl: googleSurroundings.tokenUrl,
  // Prometheus: storage/remote/azuread/azuread.go.
  clouds: {
    AzurePublic: { authority: "https://login.microsoftonline.com", scope: "https://monitor.azure.com//.default" },
    AzureChina: { authority: "https://login.chinacloudapi.cn", scope: "https://monitor.azure.cn//.default" },
    AzureGovernment: { authority: "https://login.microsoftonline.us", scope: "https://monitor.azure.us//.default" },
  },
};

export type CloudTokens = AuthorizationSource & { readonly close: () => void };

export function azureTokens(config: AzureAdConfig, clock: Clock, around: CloudWorld = cloudWorld): CloudTokens {
  return lentTokens(clock, (api, signal) =>
    lendAzureToken({ identity: azureIdentity(config, around, clock), around, api, clock, signal }),
  );
}

export function googleTokens(config: GoogleIamConfig, clock: Clock, around: CloudWorld = cloudWorld): CloudTokens {
  const { credentials_file: file } = config;
  const environment = { ...around.environment, ...(file === "" ? {} : { GOOGLE_APPLICATION_CREDENTIALS: file }) };
  const scope = "https://www.googleapis.com/auth/monitoring.write";
  return lentTokens(clock, (api, signal) =>
    lendGoogleToken({ around: { environment, tokenUrl: around.tokenUrl }, api, clock, signal, scope }),
  );
}

type Lend = (api: ApiClient, signal: AbortSignal) => Promise<Token>;

function lentTokens(clock: Clock, lend: Lend): CloudTokens {
  const api = new ApiClient(defaultHttpClientConfig, { world: { clock }, timeoutMs });
  const keeper = new TokenKeeper(clock, (signal) => lend(api, signal));
  let asking: Promise<string> | undefined;
  return {
    async header() {
      // Shards that ask at once are answered by one token.
      asking ??= keeper.current(AbortSignal.timeout(timeoutMs)).finally(() => {
        asking = undefined;
      });
      return `Bearer ${await asking}`;
    },
    refused: () => keeper.drop(),
    close: () => api.close(),
  };
}

function azureIdentity(config: AzureAdConfig, around: CloudWorld, clock: Clock): AzureIdentity {
  const { managed_identity, workload_identity, oauth, sdk, certificate } = config;
  // The config's decoder lets only these pass.
  const { authority, scope } = around.clouds[config.cloud] as AzureMonitor;
  const asked = { authority, scope: config.scope || scope };
  if (managed_identity) return { ...asked, method: "ManagedIdentity", tenant: "", client: managed_identity.client_id };
  if (workload_identity) {
    const { tenant_id: tenant, client_id: client, token_file_path: tokenFile } = workload_identity;
    return { ...asked, method: "WorkloadIdentity", tenant, client, tokenFile };
  }
  if (oauth) {
    const { tenant_id: tenant, client_id: client, client_secret } = oauth;
    return { ...asked, method: "OAuth", tenant, client, secret: client_secret?.reveal() };
  }
  if (certificate) {
    const { tenant_id: tenant, client_id: client } = certificate;
    const assertion = (endpoint: string): string => signedAssertion(certificate, endpoint, clock);
    return { ...asked, method: "Certificate", tenant, client, assertion };
  }
  return { ...asked, method: "SDK", tenant: sdk?.tenant_id ?? "", client: "" };
}

type Certificate = NonNullable<AzureAdConfig["certificate"]>;

const certificateForm = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** learn.microsoft.com/entra/identity-platform/certificate-credentials. The key is RSA, in PEM. */
function signedAssertion(config: Certificate, endpoint: string, clock: Clock): string {
  const chain = readFileSync(config.certificate_path, "utf8").match(certificateForm) ?? [];
  const [own] = chain.map((pem) => new X509Certificate(pem));
  if (!own) throw new Error(`no certificate in ${config.certificate_path}`);
  const keyPath = config.certificate_key_path || config.certificate_path;
  const key = readFileSync(keyPath, "utf8");
  const seconds = Math.floor(clock.now() / 1000);
  const header = {
    x5t: createHash("sha1").update(own.raw).digest("base64url"),
    ...(config.send_certificate_chain
      ? { x5c: chain.map((pem) => new X509Certificate(pem).raw.toString("base64")) }
      : {}),
  };
  const claims = {
    aud: endpoint,
    iss: config.client_id,
    sub: config.client_id,
    jti: crypto.randomUUID(),
    nbf: seconds,
    exp: seconds + 600,
  };
  const jwt = { algorithm: "RS256", keyId: "", claims, header } as const;
  return signJwt(jwt, key, `the private key in ${keyPath}`, config.certificate_password?.reveal());
}
