// The key flow of a service account: a token for an assertion that is signed with the account's key
// (docs.stackit.cloud/platform/access-and-identity/service-accounts). Goes to: stackit/provider.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { isSet, secretText, signJwt } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import type { ApiClient } from "../api-client.js";
import { type Json, parseJson } from "../json.js";
import type { Token } from "../token.js";
import type { StackitSdConfig } from "./config.js";

const assertionSeconds = 600;

export function hasAccount({ service_account_key, service_account_key_path }: StackitSdConfig): boolean {
  return isSet(service_account_key) || service_account_key_path !== "";
}

export type Lending = {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly tokenUrl: string;
  readonly signal: AbortSignal;
};

export async function lendToken(config: StackitSdConfig, { api, clock, tokenUrl, signal }: Lending): Promise<Token> {
  const account = parseJson(secretText(config.service_account_key, config.service_account_key_path)).at("credentials");
  const seconds = Math.floor(clock.now() / 1000);
  const claims = {
    iss: account.at("iss").text(),
    sub: account.at("sub").text(),
    jti: randomUUID(),
    aud: account.at("aud").text(),
    iat: seconds,
    exp: seconds + assertionSeconds,
  };
  const jwt = { algorithm: "RS512", keyId: account.at("kid").text(), claims } as const;
  const assertion = signJwt(jwt, privateKeyOf(config, account), "the service account's private key");
  const answer = await api.json({
    url: tokenUrl,
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion }).toString(),
    signal,
  });
  const lifeMs = answer.at("expires_in").number() * 1000;
  return { value: answer.at("access_token").text(), expiresAt: clock.now() + lifeMs };
}

/** The config's, else that of the key itself, else the one that the credentials file names. */
function privateKeyOf(config: StackitSdConfig, account: Json): string {
  const written = secretText(config.private_key, config.private_key_path) || account.at("privateKey").text();
  if (written !== "" || config.credentials_file_path === "") return written;
  const named = parseJson(readFileSync(config.credentials_file_path, "utf8"));
  return named.at("STACKIT_PRIVATE_KEY").text() || secretText(undefined, named.at("STACKIT_PRIVATE_KEY_PATH").text());
}
