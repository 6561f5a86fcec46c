// What every way to a token of Google's needs, and the way from one account to another. Goes to: gce/credentials, gce/external-account.
import type { Clock } from "@narthex/stdx";
import type { ApiClient } from "../api-client.js";
import type { Json } from "../json.js";
import type { Token } from "../token.js";

/** What discovery asks for. */
export const googleScope = "https://www.googleapis.com/auth/compute.readonly";
/** For a token that only stands for a service account's. */
const platformScope = "https://www.googleapis.com/auth/cloud-platform";

export type GoogleSurroundings = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where no key file names another. */
  readonly tokenUrl: string;
};

export type GoogleLending = {
  readonly around: GoogleSurroundings;
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** What the token is to allow. */
  readonly scope: string;
};

export function tokenFrom(answer: Json, { clock }: GoogleLending): Token {
  return { value: answer.at("access_token").text(), expiresAt: clock.now() + answer.at("expires_in").number() * 1000 };
}

type Form = { readonly form: Record<string, string>; readonly headers?: Record<string, string> };

export function postForm(url: string, { form, headers }: Form, { api, signal }: GoogleLending): Promise<Json> {
  return api.json({
    url,
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    body: new URLSearchParams(form).toString(),
    signal,
  });
}

type Impersonation = {
  /** …:generateAccessToken of the service account. */
  readonly url: string;
  readonly seconds: number;
  /** Service accounts between us and that one. */
  readonly delegates?: readonly string[];
  readonly source: (lending: GoogleLending) => Promise<Token>;
};

/** A token of a service account that `source` may stand for (google.aip.dev/auth/4117). */
export async function impersonate(account: Impersonation, lending: GoogleLending): Promise<Token> {
  const { url, seconds, delegates = [], source } = account;
  const { value } = await source({ ...lending, scope: platformScope });
  const answer = await lending.api.json({
    url,
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${value}` },
    body: JSON.stringify({
      scope: [lending.scope],
      lifetime: `${seconds}s`,
      ...(delegates.length > 0 ? { delegates } : {}),
    }),
    signal: lending.signal,
  });
  return { value: answer.at("accessToken").text(), expiresAt: Date.parse(answer.at("expireTime").text()) };
}
