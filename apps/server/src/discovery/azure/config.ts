// azure_sd_configs: which subscription, as whom. Goes to: azure/provider.
import { d, type HttpClientConfig, isSet, type Secret } from "@narthex/service";
import { type Fail, httpSection, portField, refreshField, type SdSection, textField } from "../../config/sd-section.js";

export const authenticationMethods = ["OAuth", "ManagedIdentity", "SDK", "WorkloadIdentity"] as const;
export type AuthenticationMethod = (typeof authenticationMethods)[number];

export type AzureSdConfig = HttpClientConfig & {
  /** Name of a cloud, "AzurePublicCloud". */
  readonly environment: string;
  readonly port: number;
  readonly subscription_id: string;
  readonly tenant_id: string;
  readonly client_id: string;
  readonly client_secret: Secret | undefined;
  readonly refresh_interval: number;
  readonly authentication_method: string;
  /** "" for all. */
  readonly resource_group: string;
};

export const azureSd: SdSection<AzureSdConfig> = httpSection<AzureSdConfig>(
  "azure.plain",
  {
    environment: d.withDefault(d.string, "AzurePublicCloud"),
    port: portField(80),
    subscription_id: textField,
    tenant_id: textField,
    client_id: textField,
    client_secret: d.optional(d.secret),
    refresh_interval: refreshField(300_000),
    authentication_method: d.withDefault(d.string, "OAuth"),
    resource_group: textField,
  },
  checkAzure,
);

function checkAzure(config: AzureSdConfig, fail: Fail): void {
  const require = (field: "subscription_id" | "tenant_id" | "client_id" | "client_secret"): void => {
    if (!isSet(config[field])) fail(`azure SD configuration requires a ${field}`);
  };
  const { authentication_method: method } = config;
  require("subscription_id");
  if (method === "OAuth") {
    require("tenant_id");
    require("client_id");
    require("client_secret");
  }
  if (!authenticationMethods.some((known) => known === method)) {
    const known = authenticationMethods.map((name) => JSON.stringify(name));
    const others = `${known.slice(0, -1).join(", ")} or ${known.at(-1)}`;
    fail(`unknown authentication_type ${JSON.stringify(method)}. Supported types are ${others}`);
  }
}
