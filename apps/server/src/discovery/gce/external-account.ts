// Google credentials of somebody whom another identity provider knows: what it vouches with is traded for a token, and that, where
// the file says so, for one of a service account (google.aip.dev/auth/4117). Goes to: gce/credentials.
import type { Json } from "../json.js";
import type { Token } from "../token.js";
import { type GoogleLending, googleScope, postForm, tokenFrom } from "./lending.js";
import { subjectToken } from "./subject-token.js";

const tradeUrl = "https://sts.googleapis.com/v1/token";
/** For a token that only stands for the service account's. */
const platformScope = "https://www.googleapis.com/auth/cloud-platform";

export async function lendExternally(key: Json, lending: GoogleLending): Promise<Token> {
  const account = key.at("service_account_impersonation_url").text();
  const traded = await trade(key, account === "" ? googleScope : platformScope, lending);
  if (account === "") return traded;
  const seconds = key.at("service_account_impersonation", "token_lifetime_seconds").number() || 3600;
  const answer = await lending.api.json({
    url: account,
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${traded.value}` },
    body: JSON.stringify({ scope: [googleScope], lifetime: `${seconds}s` }),
    signal: lending.signal,
  });
  return { value: answer.at("accessToken").text(), expiresAt: Date.parse(answer.at("expireTime").text()) };
}

async function trade(key: Json, scope: string, lending: GoogleLending): Promise<Token> {
  const client = key.at("client_id").text();
  const project = key.at("workforce_pool_user_project").text();
  const form = {
    audience: key.at("audience").text(),
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    scope,
    subject_token_type: key.at("subject_token_type").text(),
    subject_token: await subjectToken(key, lending),
    ...(project !== "" && client === "" ? { options: JSON.stringify({ userProject: project }) } : {}),
  };
  const login = Buffer.from(`${client}:${key.at("client_secret").text()}`).toString("base64");
  const headers: Record<string, string> = client === "" ? {} : { authorization: `Basic ${login}` };
  return tokenFrom(await postForm(key.at("token_url").text() || tradeUrl, { form, headers }, lending), lending);
}
