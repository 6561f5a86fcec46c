// Tokens for the Authorization header: asked for when needed, kept until shortly before they end, asked for anew when
// the secret they were got with changes. Comes from: client/oauth2-config. Goes to: client/client.
import type { Clock } from "@narthex/stdx";
import { signAssertion } from "./assertion.js";
import { jwtBearerGrant, type OAuth2Config } from "./oauth2-config.js";
import type { HttpRequest, HttpResponse } from "./request.js";
import { secretText } from "./secret-file.js";

/** As Go's oauth2: a token that ends within this time is not used any more. */
const earlyMs = 10_000;
const tokenTimeoutMs = 30_000;
const tokenBytesMax = 1024 * 1024;

type Token = { readonly header: string; readonly endMs: number };

export type TokenEndpoint = {
  readonly request: (request: HttpRequest) => Promise<HttpResponse>;
  readonly clock: Clock;
};

export class TokenSource {
  readonly #config: OAuth2Config;
  readonly #endpoint: TokenEndpoint;
  #secret: string | undefined;
  #token: Token | undefined;
  #pending: Promise<Token> | undefined;
  /** Some endpoints know no Basic authentication: what they accepted is remembered. */
  #hasLoginInBody = false;

  constructor(config: OAuth2Config, endpoint: TokenEndpoint) {
    this.#config = config;
    this.#endpoint = endpoint;
  }

  /** "Bearer …". Requests that come while a token is on its way share it. */
  async header(): Promise<string> {
    const secret = this.#currentSecret();
    if (secret !== this.#secret) {
      this.#secret = secret;
      this.#token = undefined;
      this.#pending = undefined;
    }
    if (this.#token && this.#token.endMs - earlyMs > this.#endpoint.clock.now()) return this.#token.header;
    this.#pending ??= this.#renew(secret);
    return (await this.#pending).header;
  }

  #currentSecret(): string {
    const config = this.#config;
    return config.grant_type === jwtBearerGrant
      ? secretText(config.client_certificate_key, config.client_certificate_key_file)
      : secretText(config.client_secret, config.client_secret_file);
  }

  #renew(secret: string): Promise<Token> {
    const pending: Promise<Token> = this.#fetch(secret)
      .then((token) => {
        if (this.#pending === pending) this.#token = token;
        return token;
      })
      .finally(() => {
        if (this.#pending === pending) this.#pending = undefined;
      });
    return pending;
  }

  async #fetch(secret: string): Promise<Token> {
    const response = await this.#ask(secret);
    if (response.status < 200 || response.status > 299) {
      throw new Error(`oauth2: cannot fetch token: ${response.status}: ${response.body.toString("utf8", 0, 500)}`);
    }
    return tokenFrom(response.body, this.#endpoint.clock.now());
  }

  async #ask(secret: string): Promise<HttpResponse> {
    const config = this.#config;
    const form = new URLSearchParams(config.endpoint_params);
    form.set("grant_type", config.grant_type);
    if (config.grant_type === jwtBearerGrant) {
      form.set("assertion", signAssertion(config, secret, this.#endpoint.clock.now()));
      return this.#post(form);
    }
    if (config.scopes.length > 0) form.set("scope", config.scopes.join(" "));
    if (!this.#hasLoginInBody) {
      const login = `${encodeURIComponent(config.client_id)}:${encodeURIComponent(secret)}`;
      const response = await this.#post(form, {
        authorization: `Basic ${Buffer.from(login).toString("base64")}`,
      });
      if (response.status < 400 || response.status > 499) return response;
    }
    form.set("client_id", config.client_id);
    if (secret !== "") form.set("client_secret", secret);
    const response = await this.#post(form);
    this.#hasLoginInBody = response.status < 300;
    return response;
  }

  #post(form: URLSearchParams, headers: Record<string, string> = {}): Promise<HttpResponse> {
    return this.#endpoint.request({
      method: "POST",
      url: this.#config.token_url,
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json", ...headers },
      body: form.toString(),
      timeoutMs: tokenTimeoutMs,
      bodyBytesMax: tokenBytesMax,
    });
  }
}

function tokenFrom(body: Buffer, nowMs: number): Token {
  let answer: Record<string, unknown>;
  try {
    answer = JSON.parse(body.toString()) as Record<string, unknown>;
  } catch (error) {
    throw new Error("oauth2: cannot fetch token: the answer is not JSON", { cause: error });
  }
  const token = answer?.["access_token"];
  if (typeof token !== "string" || token === "") throw new Error("oauth2: server response missing access_token");
  // Some endpoints write the number as text.
  const seconds = Number(answer["expires_in"] ?? 0);
  const endMs = seconds > 0 ? nowMs + seconds * 1000 : Number.POSITIVE_INFINITY;
  return { header: `${tokenType(answer["token_type"])} ${token}`, endMs };
}

function tokenType(type: unknown): string {
  if (typeof type !== "string" || type === "" || type.toLowerCase() === "bearer") return "Bearer";
  return type;
}
