// What every way to a token of Google's needs. Goes to: gce/credentials, gce/external-account.
import type { Clock } from "@narthex/stdx";
import type { ApiClient } from "../api-client.js";
import type { Json } from "../json.js";
import type { Token } from "../token.js";

/** What discovery asks for. */
export const googleScope = "https://www.googleapis.com/auth/compute.readonly";

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
