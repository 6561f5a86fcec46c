// Who we are for AWS, as role_arn wants it: a role is lent for a while by the token service (STS) and asked for again
// before it ends (docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html). Goes to: aws/client, aws/signer.
import type { HttpClient } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import type { AwsIdentityConfig } from "../../config/aws-identity.js";
import { ApiStatusError } from "../api-client.js";
import { parseXml } from "../xml.js";
import { findCredentials } from "./credentials.js";
import { type AwsRole, expiry, type HeldCredentials } from "./held-credentials.js";
import { type AwsCredentials, signedHeaders } from "./sigv4.js";
import { type AwsSurroundings, awsEndpoint } from "./surroundings.js";

/** Of a discovery section, or of a `sigv4`. */
export type AwsAccess = AwsIdentityConfig & {
  /** Of the token service. */
  readonly use_fips_sts_endpoint?: boolean;
};

export type IdentityOptions = {
  readonly config: AwsAccess;
  readonly around: AwsSurroundings;
  readonly http: HttpClient;
  readonly clock: Clock;
};

/** Credentials are asked for again when less than this is left of them. */
const leftMinMs = 300_000;
const timeoutMs = 10_000;
const answerBytesMax = 1024 * 1024;

export class AwsIdentity {
  readonly #options: IdentityOptions;
  #held: HeldCredentials | undefined;

  constructor(options: IdentityOptions) {
    this.#options = options;
  }

  async credentials(region: string, signal: AbortSignal): Promise<AwsCredentials> {
    const { clock, config } = this.#options;
    // What does not say when it ends may have been changed in its file or environment.
    const endsAt = this.#held?.expiresAt ?? Number.NEGATIVE_INFINITY;
    if (this.#held && clock.now() < endsAt - leftMinMs) return this.#held;
    const { around, http } = this.#options;
    const scope = { region, signal };
    const own = await findCredentials(config, {
      around,
      http,
      clock,
      signal,
      assumeWithToken: (role, token) =>
        this.#ask({ ...parametersOf(role), Action: "AssumeRoleWithWebIdentity", WebIdentityToken: token }, scope),
      assume: (role, credentials) => this.#assume(role, { ...scope, own: credentials }),
    });
    const { role_arn: arn, external_id: externalId } = config;
    this.#held = arn === "" ? own : await this.#assume({ arn, externalId }, { ...scope, own });
    return this.#held;
  }

  #assume(role: AwsRole, scope: StsScope): Promise<HeldCredentials> {
    return this.#ask({ DurationSeconds: "900", ...parametersOf(role), Action: "AssumeRole" }, scope);
  }

  async #ask(
    parameters: Readonly<Record<string, string>>,
    { region, signal, own }: StsScope,
  ): Promise<HeldCredentials> {
    const { around, http, clock, config } = this.#options;
    const session = around.environment["AWS_ROLE_SESSION_NAME"] || `narthex-${clock.now()}`;
    const body = new URLSearchParams({ Version: "2011-06-15", RoleSessionName: session, ...parameters }).toString();
    const url = new URL(awsEndpoint(config.use_fips_sts_endpoint ? "sts-fips" : "sts", region, around));
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const signing = { method: "POST", url, headers, body, region, service: "sts", timeMs: clock.now() };
    const answer = await http.request({
      url: url.href,
      method: "POST",
      headers: own ? signedHeaders(signing, own) : headers,
      body,
      timeoutMs,
      bodyBytesMax: answerBytesMax,
      signal,
    });
    const text = answer.body.toString();
    if (answer.status !== 200) throw new ApiStatusError(answer.status, url.origin, text);
    const action = parameters["Action"] ?? "";
    const lent = parseXml(text).at(`${action}Response`, `${action}Result`, "Credentials");
    if (!lent) throw new Error(`AWS' answer to ${action} has no credentials`);
    return {
      accessKey: lent.text("AccessKeyId"),
      secretKey: lent.text("SecretAccessKey"),
      sessionToken: lent.text("SessionToken"),
      ...expiry(lent.text("Expiration")),
    };
  }
}

type StsScope = { readonly region: string; readonly signal: AbortSignal; readonly own?: AwsCredentials };

function parametersOf({ arn, externalId, sessionName, durationSeconds }: AwsRole): Record<string, string> {
  return {
    RoleArn: arn,
    ...(externalId ? { ExternalId: externalId } : {}),
    ...(sessionName ? { RoleSessionName: sessionName } : {}),
    ...(durationSeconds ? { DurationSeconds: durationSeconds } : {}),
  };
}
