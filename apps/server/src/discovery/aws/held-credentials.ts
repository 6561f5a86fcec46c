// Credentials as they are handed on. Goes to: every file here that finds or lends some.
import type { HttpClient } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import type { Json } from "../json.js";
import type { AwsCredentials } from "./sigv4.js";
import type { AwsSurroundings } from "./surroundings.js";

/** What they are, and until when they hold: ms since 1970; undefined for as long as nobody changes them. */
export type HeldCredentials = AwsCredentials & { readonly expiresAt?: number | undefined };

/** A role to take for a while. */
export type AwsRole = {
  readonly arn: string;
  readonly externalId?: string | undefined;
  readonly sessionName?: string | undefined;
  readonly durationSeconds?: string | undefined;
};

/** Where credentials are looked for, and with what. */
export type CredentialsSearch = {
  readonly around: AwsSurroundings;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Takes a role for the token of a web identity. */
  readonly assumeWithToken: (role: AwsRole, token: string) => Promise<HeldCredentials>;
  /** Takes a role as somebody who may. */
  readonly assume: (role: AwsRole, own: AwsCredentials) => Promise<HeldCredentials>;
};

export function expiry(time: string): { readonly expiresAt?: number } {
  const expiresAt = Date.parse(time);
  return Number.isNaN(expiresAt) ? {} : { expiresAt };
}

/** As AWS' endpoints and programs answer; they call the session's token by different names. */
export function heldFrom(lent: Json, tokenField: "Token" | "SessionToken"): HeldCredentials {
  const accessKey = lent.at("AccessKeyId").text();
  const secretKey = lent.at("SecretAccessKey").text();
  if (accessKey === "" || secretKey === "") throw new Error("the answer has no AccessKeyId or no SecretAccessKey");
  const sessionToken = lent.at(tokenField).text() || undefined;
  return { accessKey, secretKey, sessionToken, ...expiry(lent.at("Expiration").text()) };
}
