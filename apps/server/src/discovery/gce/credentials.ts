// Google's application default credentials: a key file that the environment or gcloud left, else what the instance's
// metadata server lends (cloud.google.com/docs/authentication/application-default-credentials). Goes to: gce/provider.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { signJwt } from "@narthex/service";
import { type Json, parseJson } from "../json.js";
import type { Token } from "../token.js";
import { type GoogleLending, type GoogleSurroundings, impersonate, postForm, tokenFrom } from "./lending.js";

export const googleSurroundings: GoogleSurroundings = {
  environment: process.env,
  tokenUrl: "https://oauth2.googleapis.com/token",
};

const assertionSeconds = 3600;

export async function lendGoogleToken(lending: GoogleLending): Promise<Token> {
  const file = keyFileOf(lending.around.environment);
  return file === undefined ? tokenFrom(await askMetadata(lending), lending) : lendWithKey(readKey(file), lending);
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

async function lendWithKey(key: Json, lending: GoogleLending): Promise<Token> {
  const type = key.at("type").text();
  // Seldom needed, and it brings AWS' identities along.
  if (type === "external_account") return (await import("./external-account.js")).lendExternally(key, lending);
  if (type === "service_account") return tokenFrom(await askAsAccount(key, lending), lending);
  if (type === "impersonated_service_account") return lendAsOther(key, lending);
  if (type !== "authorized_user")
    throw new Error(`Google credentials of type ${JSON.stringify(type)} are not supported`);
  const fields = ["client_id", "client_secret", "refresh_token"].map((name) => [name, key.at(name).text()] as const);
  const form = { ...Object.fromEntries(fields), grant_type: "refresh_token" };
  return tokenFrom(await postForm(lending.around.tokenUrl, { form }, lending), lending);
}

/** Who the file is for may act for another account; one that itself acts for another is no source. */
function lendAsOther(key: Json, lending: GoogleLending): Promise<Token> {
  const source = key.at("source_credentials");
  if (source.at("type").text() === "impersonated_service_account")
    throw new Error("Google credentials that act for an account must not come from credentials that do so, too");
  const url = key.at("service_account_impersonation_url").text();
  const delegates = key.at("delegates").textList();
  return impersonate({ url, seconds: 3600, delegates, source: (own) => lendWithKey(source, own) }, lending);
}

function askAsAccount(key: Json, lending: GoogleLending): Promise<Json> {
  const url = key.at("token_uri").text() || lending.around.tokenUrl;
  const seconds = Math.floor(lending.clock.now() / 1000);
  const claims = {
    iss: key.at("client_email").text(),
    scope: lending.scope,
    aud: url,
    iat: seconds,
    exp: seconds + assertionSeconds,
  };
  const jwt = { algorithm: "RS256", keyId: key.at("private_key_id").text(), claims } as const;
  const assertion = signJwt(jwt, key.at("private_key").text(), "the service account's private_key");
  return postForm(url, { form: { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion } }, lending);
}

async function askMetadata({ around, api, signal, scope }: GoogleLending): Promise<Json> {
  const host = around.environment["GCE_METADATA_HOST"] || "169.254.169.254";
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token?scopes=${encodeURIComponent(scope)}`;
  try {
    return await api.json({ url, headers: { "metadata-flavor": "Google" }, signal });
  } catch (error) {
    throw new Error(`no Google credentials: ${(error as Error).message}`, { cause: error });
  }
}
