// Google credentials of somebody whom another identity provider knows: what it vouches with is traded for a token, and that, where
// the file says so, for one of a service account (google.aip.dev/auth/4117). Goes to: gce/credentials.
import type { Json } from "../json.js";
import type { Token } from "../token.js";
import { type GoogleLending, impersonate, postForm, tokenFrom } from "./lending.js";
import { subjectToken } from "./subject-token.js";

const tradeUrl = "https://sts.googleapis.com/v1/token";

export function lendExternally(key: Json, lending: GoogleLending): Promise<Token> {
  const url = key.at("service_account_impersonation_url").text();
  if (url === "") return trade(key, lending);
  const seconds = key.at("service_account_impersonation", "token_lifetime_seconds").number() || 3600;
  return impersonate({ url, seconds, source: (own) => trade(key, own) }, lending);
}

async function trade(key: Json, lending: GoogleLending): Promise<Token> {
  const client = key.at("client_id").text();
  const project = key.at("workforce_pool_user_project").text();
  const form = {
    audience: key.at("audience").text(),
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    scope: lending.scope,
    subject_token_type: key.at("subject_token_type").text(),
    subject_token: await subjectToken(key, lending),
    ...(project !== "" && client === "" ? { options: JSON.stringify({ userProject: project }) } : {}),
  };
  const login = Buffer.from(`${client}:${key.at("client_secret").text()}`).toString("base64");
  const headers: Record<string, string> = client === "" ? {} : { authorization: `Basic ${login}` };
  return tokenFrom(await postForm(key.at("token_url").text() || tradeUrl, { form, headers }, lending), lending);
}
