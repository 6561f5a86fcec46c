// Who we are to a cloud: sigv4 (remote_write, alertmanagers), azuread and google_iam (remote_write).
import { type Decoder, d, type Secret } from "@narthex/service";
import { type AwsIdentityConfig, awsIdentityShape } from "./aws-identity.js";
import type { ShapeOf } from "./shape.js";

export type Sigv4Config = AwsIdentityConfig & {
  readonly use_fips_sts_endpoint: boolean;
  readonly service_name: string;
};

const text = d.withDefault(d.string, "");

const sigv4Shape: ShapeOf<Sigv4Config> = {
  ...awsIdentityShape,
  use_fips_sts_endpoint: d.withDefault(d.boolean, false),
  service_name: text,
};

export const sigv4: Decoder<Sigv4Config> = d.refine(d.object("sigv4.plain", sigv4Shape), (config, fail) => {
  const hasSecret = config.secret_key !== undefined && config.secret_key.reveal() !== "";
  if ((config.access_key === "") === hasSecret) {
    fail("must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the SigV4 config");
  }
  if (config.external_id !== "" && config.role_arn === "") fail("external_id can only be used with role_arn");
  return config;
});

export type AzureAdConfig = {
  readonly cloud: string;
  readonly managed_identity: { readonly client_id: string } | undefined;
  readonly workload_identity:
    | { readonly client_id: string; readonly tenant_id: string; readonly token_file_path: string }
    | undefined;
  readonly oauth:
    | { readonly client_id: string; readonly client_secret: Secret | undefined; readonly tenant_id: string }
    | undefined;
  readonly sdk: { readonly tenant_id: string } | undefined;
  readonly certificate: AzureCertificate | undefined;
  readonly scope: string;
};

type AzureCertificate = {
  readonly client_id: string;
  readonly tenant_id: string;
  readonly certificate_path: string;
  readonly certificate_key_path: string;
  readonly certificate_password: Secret | undefined;
  readonly send_certificate_chain: boolean;
};

const azureShape: ShapeOf<AzureAdConfig> = {
  cloud: d.withDefault(d.string, "AzurePublic"),
  managed_identity: d.optional(d.object("azuread.ManagedIdentityConfig", { client_id: text })),
  workload_identity: d.optional(
    d.object("azuread.WorkloadIdentityConfig", {
      client_id: text,
      tenant_id: text,
      token_file_path: d.withDefault(d.string, "/var/run/secrets/azure/tokens/azure-identity-token"),
    }),
  ),
  oauth: d.optional(
    d.object("azuread.OAuthConfig", { client_id: text, client_secret: d.optional(d.secret), tenant_id: text }),
  ),
  sdk: d.optional(d.object("azuread.SDKConfig", { tenant_id: text })),
  certificate: d.optional(
    d.object("azuread.CertificateConfig", {
      client_id: text,
      tenant_id: text,
      certificate_path: text,
      certificate_key_path: text,
      certificate_password: d.optional(d.secret),
      send_certificate_chain: d.withDefault(d.boolean, false),
    }),
  ),
  scope: text,
};

const clouds = ["AzurePublic", "AzureChina", "AzureGovernment"];
const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const tenant = /^[0-9a-zA-Z.-]+$/;

export const azuread: Decoder<AzureAdConfig> = d.refine(d.object("azuread.plain", azureShape), (config, fail) => {
  if (!clouds.includes(config.cloud)) fail("must provide a cloud in the Azure AD config");
  const { managed_identity, workload_identity, oauth, sdk, certificate } = config;
  const ways = [managed_identity, workload_identity, oauth, sdk, certificate].filter((way) => way !== undefined);
  if (ways.length === 0) {
    fail(
      "must provide an Azure Managed Identity, Azure Workload Identity, Azure OAuth, Azure SDK or Azure Certificate " +
        "in the Azure AD config",
    );
  }
  if (ways.length > 1) fail("cannot provide multiple authentication methods in the Azure AD config");
  if (managed_identity && managed_identity.client_id !== "" && !uuid.test(managed_identity.client_id)) {
    fail("the provided Azure Managed Identity client_id is invalid");
  }
  if (workload_identity) checkIdentity("Azure Workload Identity", workload_identity, fail);
  if (oauth) {
    if (!oauth.client_secret) fail("must provide an Azure OAuth client_secret in the Azure AD config");
    checkIdentity("Azure OAuth", oauth, fail);
  }
  if (certificate) {
    checkIdentity("Azure Certificate", certificate, fail);
    if (certificate.certificate_path === "") {
      fail("must provide an Azure Certificate certificate_path in the Azure AD config");
    }
  }
  if (sdk && sdk.tenant_id !== "" && !tenant.test(sdk.tenant_id)) fail("the provided Azure SDK tenant_id is invalid");
  if (config.scope !== "" && !/^[\w\s:/.\\-]+$/.test(config.scope)) {
    fail("the provided scope contains invalid characters");
  }
  return config;
});

type Identity = { readonly client_id: string; readonly tenant_id: string };

function checkIdentity(way: string, { client_id, tenant_id }: Identity, fail: (text: string) => never): void {
  if (client_id === "") fail(`must provide an ${way} client_id in the Azure AD config`);
  if (tenant_id === "") fail(`must provide an ${way} tenant_id in the Azure AD config`);
  if (!uuid.test(client_id)) fail(`the provided ${way} client_id is invalid`);
  if (!tenant.test(tenant_id)) fail(`the provided ${way} tenant_id is invalid`);
}

export type GoogleIamConfig = { readonly credentials_file: string };

export const googleIam: Decoder<GoogleIamConfig> = d.object("googleiam.Config", { credentials_file: text });
