// Google's application default credentials: a key file that the environment or gcloud left, else what the instance's
// metadata server lends (cloud.google.com/docs/authentication/application-default-credentials). Goes to: gce/provider.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { signJwt } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import type { ApiClient } from "../api-client.js";
import { type Json, parseJson } from "../json.js";
import type { Token } from "../token.js";

export type GoogleSurroundings = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where no key file names another. */
  readonly tokenUrl: string;
};

export const googleSurroundings: GoogleSurroundings = {
  environment: process.env,
  tokenUrl: "https://oauth2.googleapis.com/token",
};

const scope = "https://www.googleapis.com/auth/compute.readonly";
const assertionSeconds = 3600;

export type GoogleLending = {
  readonly around: GoogleSurroundings;
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

export async function lendGoogleToken(lending: GoogleLending): Promise<Token> {
  const file = keyFileOf(lending.around.environment);
  const answer = file === undefined ? await askMetadata(lending) : await askWithKey(readKey(file), lending);
  const expiresAt = lending.clock.now() + answer.at("expires_in").number() * 1000;
  return { value: answer.at("access_token").text(), expiresAt };
}

function keyFileOf(environment: GoogleSurroundings["environment"]): string | undefined {
  const named = environment["GOOGLE_APPLICATION_CREDENTIALS"];
  if (named) return named;
  const folder = environment["CLOUDSDK_CONFIG"] || join(homedir(), ".config", "gcloud");
  const file = join(folder, "application_default_credentials.json");
  return existsSync(file) ? file : undefined;
}

function readKey(file: string): Json {
  try {
    return parseJson(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`cannot read Google credentials file ${file}`, { cause: error });
  }
}

function askWithKey(key: Json, lending: GoogleLending): Promise<Json> {
  const type = key.at("type").text();
  if (type === "service_account") return askAsAccount(key, lending);
  if (type !== "authorized_user")
    throw new Error(`Google credentials of type ${JSON.stringify(type)} are not supported`);
  const fields = ["client_id", "client_secret", "refresh_token"].map((name) => [name, key.at(name).text()] as const);
  const form = { ...Object.fromEntries(fields), grant_type: "refresh_token" };
  return postForm(lending.around.tokenUrl, form, lending);
}

function askAsAccount(key: Json, lending: GoogleLending): Promise<Json> {
  const url = key.at("token_uri").text() || lending.around.tokenUrl;
  const seconds = Math.floor(lending.clock.now() / 1000);
  const claims = { iss: key.at("client_email").text(), scope, aud: url, iat: seconds, exp: seconds + assertionSeconds };
  const jwt = { algorithm: "RS256", keyId: key.at("private_key_id").text(), claims } as const;
  const assertion = signJwt(jwt, key.at("private_key").text(), "the service account's private_key");
  return postForm(url, { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion }, lending);
}

function postForm(url: string, form: Record<string, string>, { api, signal }: GoogleLending): Promise<Json> {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return api.json({ url, method: "POST", headers, body: new URLSearchParams(form).toString(), signal });
}

async function askMetadata({ around, api, signal }: GoogleLending): Promise<Json> {
  const host = around.environment["GCE_METADATA_HOST"] || "169.254.169.254";
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token?scopes=${encodeURIComponent(scope)}`;
  try {
    return await api.json({ url, headers: { "metadata-flavor": "Google" }, signal });
  } catch (error) {
    throw new Error(`no Google credentials: ${(error as Error).message}`, { cause: error });
  }
}
