// proxy_url, no_proxy, proxy_from_environment, proxy_connect_header. Goes to: client/proxy.
import { type Decoder, d, type OptionalDecoder } from "../yaml/decode.js";
import type { Secret } from "../yaml/secret.js";
import { connectHeaderDecoder } from "./header-config.js";

export type ProxyConfig = {
  readonly proxy_url: ProxyUrl | undefined;
  readonly no_proxy: string | undefined;
  readonly proxy_from_environment: boolean;
  /** Sent to a proxy with CONNECT, never to a target. */
  readonly proxy_connect_header: Readonly<Record<string, readonly Secret[]>> | undefined;
};

const schemes = new Set(["http:", "https:", "socks5:", "socks5h:"]);

/** A proxy's URL; its password is never printed. */
export class ProxyUrl {
  readonly #text: string;
  readonly #url: URL | undefined;

  /** Throws an Error that does not repeat a password when the text is no proxy's URL. */
  constructor(text: string) {
    this.#text = text;
    // Prometheus: a relative reference ("foo") is a URL too; it loads, and every request then fails.
    if (/^[\w.-]*$/.test(text)) return;
    if (!URL.canParse(text)) throw new Error("invalid proxy URL: write scheme://host:port");
    this.#url = new URL(text);
    const { protocol, hostname } = this.#url;
    if (!schemes.has(protocol)) {
      throw new Error(`unsupported proxy scheme ${JSON.stringify(protocol.slice(0, -1))}: use http, https or socks5`);
    }
    if (hostname === "") throw new Error("invalid proxy URL: host is missing");
  }

  /** Throws an Error when there is no proxy at the URL. */
  get url(): URL {
    if (!this.#url) throw new Error(`invalid proxy URL ${JSON.stringify(this.#text)}: write scheme://host:port`);
    return this.#url;
  }

  toJSON(): string {
    if (!this.#url) return this.#text;
    const masked = new URL(this.#url);
    if (masked.password !== "") masked.password = "xxxxx";
    return masked.href;
  }

  toString(): string {
    return this.toJSON();
  }
}

const proxyUrl: Decoder<ProxyUrl | undefined> = d.parsed((text) => (text === "" ? undefined : new ProxyUrl(text)));

export const proxyShape: { readonly [Key in keyof ProxyConfig]: OptionalDecoder<ProxyConfig[Key]> } = {
  proxy_url: d.optional(proxyUrl),
  no_proxy: d.optional(d.string),
  proxy_from_environment: d.withDefault(d.boolean, false),
  proxy_connect_header: d.optional(connectHeaderDecoder),
};

export function checkProxy(config: ProxyConfig, fail: (text: string) => never): void {
  const hasConnectHeader = Object.keys(config.proxy_connect_header ?? {}).length > 0;
  if (hasConnectHeader && !config.proxy_from_environment && !config.proxy_url) {
    fail("if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured");
  }
  if (config.proxy_from_environment && config.proxy_url) {
    fail("if proxy_from_environment is configured, proxy_url must not be configured");
  }
  if (config.proxy_from_environment && config.no_proxy) {
    fail("if proxy_from_environment is configured, no_proxy must not be configured");
  }
  if (!config.proxy_url && config.no_proxy) fail("if no_proxy is configured, proxy_url must also be configured");
}
