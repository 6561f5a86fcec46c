// Credentials of somebody who signed in with `aws sso login`: the token that it left is given for those of a role, and renewed
// where it can be (docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html). Goes to: aws/profile.
import { createHash } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ApiStatusError } from "../api-client.js";
import { type Json, parseJson } from "../json.js";
import type { CredentialsSearch, HeldCredentials } from "./held-credentials.js";
import { type AwsFields, awsEndpoint, awsFolder, sessionFields } from "./surroundings.js";

type SignIn = { readonly region: string; readonly account: string; readonly role: string; readonly tokenFile: string };

const timeoutMs = 10_000;
const answerBytesMax = 65_536;
/** A token that ends within this time is renewed, if it can be. */
const renewMs = 300_000;

export async function ssoCredentials(
  profile: string,
  fields: AwsFields,
  search: CredentialsSearch,
): Promise<HeldCredentials> {
  const signIn = signInOf(profile, fields, search);
  const token = await currentToken(signIn, search);
  const url = new URL(awsEndpoint("portal.sso", signIn.region, search.around, "SSO"));
  url.pathname = "/federation/credentials";
  url.search = new URLSearchParams({ role_name: signIn.role, account_id: signIn.account }).toString();
  const { http, signal } = search;
  const headers = { "x-amz-sso_bearer_token": token };
  const answer = await http.request({ url: url.href, headers, timeoutMs, bodyBytesMax: answerBytesMax, signal });
  if (answer.status !== 200) throw new ApiStatusError(answer.status, url.origin, answer.body.toString());
  const lent = parseJson(answer.body).at("roleCredentials");
  return {
    accessKey: lent.at("accessKeyId").text(),
    secretKey: lent.at("secretAccessKey").text(),
    sessionToken: lent.at("sessionToken").text(),
    expiresAt: lent.at("expiration").number(),
  };
}

/** `sso_session` names a section that other profiles may share; without it the profile says all itself. */
function signInOf(profile: string, fields: AwsFields, { around: { environment } }: CredentialsSearch): SignIn {
  const session = fields.get("sso_session");
  const place = session === undefined ? fields : sessionFields(session, environment);
  const required = (from: AwsFields, field: string): string => {
    const value = from.get(field);
    if (value === undefined) throw new Error(`AWS profile ${JSON.stringify(profile)} has no ${field}`);
    return value;
  };
  const key = session ?? required(place, "sso_start_url");
  const name = `${createHash("sha1").update(key).digest("hex")}.json`;
  return {
    region: required(place, "sso_region"),
    account: required(fields, "sso_account_id"),
    role: required(fields, "sso_role_name"),
    tokenFile: join(awsFolder(environment), "sso", "cache", name),
  };
}

async function currentToken({ tokenFile, region }: SignIn, search: CredentialsSearch): Promise<string> {
  let kept: Json;
  try {
    kept = parseJson(readFileSync(tokenFile, "utf8"));
  } catch (error) {
    throw new Error(`cannot read the AWS sign-in ${tokenFile}: sign in with "aws sso login"`, { cause: error });
  }
  const now = search.clock.now();
  const endsAt = Date.parse(kept.at("expiresAt").text());
  if (now < endsAt - renewMs) return kept.at("accessToken").text();
  const canRenew =
    kept.at("refreshToken").text() !== "" &&
    kept.at("clientId").text() !== "" &&
    now < Date.parse(kept.at("registrationExpiresAt").text());
  if (canRenew) return renewedToken(kept, { tokenFile, region }, search);
  if (now < endsAt) return kept.at("accessToken").text();
  throw new Error(`the AWS sign-in ${tokenFile} has ended: sign in with "aws sso login"`);
}

/** docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html; the renewed one is left for others, too. */
async function renewedToken(
  kept: Json,
  { tokenFile, region }: Pick<SignIn, "tokenFile" | "region">,
  { around, http, signal, clock }: CredentialsSearch,
): Promise<string> {
  const url = new URL("/token", awsEndpoint("oidc", region, around, "SSO_OIDC"));
  const answer = await http.request({
    url: url.href,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      clientId: kept.at("clientId").text(),
      clientSecret: kept.at("clientSecret").text(),
      refreshToken: kept.at("refreshToken").text(),
      grantType: "refresh_token",
    }),
    timeoutMs,
    bodyBytesMax: answerBytesMax,
    signal,
  });
  if (answer.status !== 200) throw new ApiStatusError(answer.status, url.origin, answer.body.toString());
  const renewed = parseJson(answer.body);
  const accessToken = renewed.at("accessToken").text();
  const expiresAt = new Date(clock.now() + renewed.at("expiresIn").number() * 1000).toISOString();
  const refreshToken = renewed.at("refreshToken").text() || kept.at("refreshToken").text();
  const entry = { ...(kept.raw as object), accessToken, expiresAt, refreshToken };
  const draft = `${tokenFile}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(entry), { mode: 0o600 });
  renameSync(draft, tokenFile);
  return accessToken;
}
