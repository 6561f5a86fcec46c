import { afterEach, describe, expect, it } from "vitest";
import { TestServers, tlsText } from "../testing/servers.js";
import { Secret } from "../yaml/secret.js";
import { createHttpClient, type HttpClient } from "./client.js";
import { defaultHttpClientConfig, type HttpClientConfig } from "./config.js";
import { noProxyRules } from "./no-proxy.js";
import { proxyRules } from "./proxy.js";
import { ProxyUrl } from "./proxy-config.js";

const servers = new TestServers();
afterEach(() => servers.close());

function client(config: Partial<HttpClientConfig>, environment = {}): HttpClient {
  return servers.closeLater(createHttpClient({ ...defaultHttpClientConfig, ...config }, { environment }));
}

async function bodyOf(caller: HttpClient, url: string): Promise<string> {
  return (await caller.request({ url, timeoutMs: 5000, bodyBytesMax: 100_000 })).body.toString();
}

const trusting = {
  ca: tlsText("ca.crt"),
  ca_file: undefined,
  cert: undefined,
  cert_file: undefined,
  key: undefined,
  key_file: undefined,
  server_name: undefined,
  insecure_skip_verify: false,
  min_version: undefined,
  max_version: undefined,
};

describe("no_proxy", () => {
  it.each([
    ["example.org", "http://example.org/", true],
    ["example.org", "http://a.example.org/", true],
    ["example.org", "http://notexample.org/", false],
    [".example.org", "http://example.org/", false],
    [".example.org", "http://a.example.org/", true],
    ["*.example.org", "http://a.example.org/", true],
    ["*.example.org", "http://example.org/", false],
    ["example.org:8080", "http://example.org:8080/", true],
    ["example.org:8080", "http://example.org/", false],
    ["example.org:443", "https://example.org/", true],
    ["a, EXAMPLE.org ,b", "http://Example.Org/", true],
    ["10.0.0.0/8", "http://10.1.2.3:90/", true],
    ["10.0.0.0/8", "http://11.1.2.3/", false],
    ["fd00::/8", "http://[fd00::1]:80/", true],
    ["10.0.0.1", "http://10.0.0.1/", true],
    ["10.0.0.1:81", "http://10.0.0.1/", false],
    ["[fd00::1]:80", "http://[fd00::1]/", true],
    ["fd00::1", "http://[fd00:0::1]/", true],
    ["*", "http://example.org/", true],
    ["x", "http://localhost:1/", true],
    ["x", "http://127.8.0.1/", true],
    ["x", "http://[::1]/", true],
    ["", "http://example.org/", false],
    ["10.0.0.0/99", "http://10.0.0.1/", false],
  ])("%j for %s: %s", (text, url, expected) => {
    expect(noProxyRules(text)(new URL(url))).toBe(expected);
  });
});

describe("proxyRules", () => {
  const environment = { HTTP_PROXY: "plain:3128", https_proxy: "http://secure:3129", NO_PROXY: "direct.org" };
  it.each([
    ["http://a.org/", "plain:3128"],
    ["https://a.org/", "secure:3129"],
    ["http://direct.org/", undefined],
    ["http://localhost/", undefined],
  ])("takes %s from the environment to %s", (url, proxy) => {
    const config = { ...defaultHttpClientConfig, proxy_from_environment: true };
    expect(proxyRules(config, environment)(new URL(url))?.host).toBe(proxy);
  });

  it("goes to a configured proxy for local addresses, unless no_proxy is there", () => {
    const config = { ...defaultHttpClientConfig, proxy_url: new ProxyUrl("http://p:1") };
    const url = new URL("http://localhost/");
    expect(proxyRules(config, environment)(url)?.host).toBe("p:1");
    expect(proxyRules({ ...config, no_proxy: "a.org" }, environment)(url)).toBeUndefined();
  });

  it("has no way through a relative reference, which loads in Prometheus", () => {
    const rules = proxyRules({ ...defaultHttpClientConfig, proxy_url: new ProxyUrl("foo") }, {});
    expect(() => rules(new URL("http://a.org/"))).toThrow('invalid proxy URL "foo"');
  });

  it("names the environment variable that is wrong", () => {
    const config = { ...defaultHttpClientConfig, proxy_from_environment: true };
    expect(() => proxyRules(config, { HTTP_PROXY: "ftp://x" })).toThrow("environment variable HTTP_PROXY");
  });
});

describe("a request through a proxy", () => {
  const proxied = (url: string): Partial<HttpClientConfig> => {
    const withLogin = url.replace("://", "://anna:p%20w@");
    return { proxy_url: new ProxyUrl(withLogin), proxy_connect_header: { "X-Connect": [new Secret("yes")] } };
  };
  const login = `Basic ${Buffer.from("anna:p w").toString("base64")}`;

  it("asks an HTTP proxy for the whole URL of an http target", async () => {
    const { url, asked } = await servers.proxy();
    const caller = client({ ...proxied(url), bearer_token: new Secret("t") });
    expect(await bodyOf(caller, "http://target.example:91/m?a=b#c")).toBe("proxied for target.example:91 Bearer t");
    expect(asked).toEqual([`GET http://target.example:91/m?a=b ${login}`]);
  });

  it("tunnels to an https target, once for a connection, and shows it no credentials of the target", async () => {
    const target = await servers.https((request, response) => {
      response.end(`${request.headers.authorization} ${String(request.headers["x-connect"] ?? "-")}`);
    });
    const { url, asked } = await servers.proxy();
    const caller = client({ ...proxied(url), tls_config: trusting, bearer_token: new Secret("t") });
    expect(await bodyOf(caller, `${target}/m`)).toBe("Bearer t -");
    expect(await bodyOf(caller, `${target}/n`)).toBe("Bearer t -");
    expect(asked).toEqual([`CONNECT ${new URL(target).host} ${login} yes -`]);
  });

  it.each([
    ["403 Forbidden", "refused CONNECT to a.example:443: 403 Forbidden"],
    ["407 Proxy Authentication Required", "407 Proxy Authentication Required"],
  ])("says so when the proxy answers CONNECT with %s", async (refusal, message) => {
    const { url } = await servers.proxy(refusal);
    await expect(bodyOf(client(proxied(url)), "https://a.example/")).rejects.toThrow(message);
  });

  it("gives up on a proxy that never answers", async () => {
    const port = await servers.tcp(() => {});
    const caller = client({ proxy_url: new ProxyUrl(`http://127.0.0.1:${port}`) });
    const call = caller.request({ url: "https://a.example/", timeoutMs: 50, bodyBytesMax: 0 });
    await expect(call).rejects.toThrow("no whole response within 50 ms");
  });

  it("says so when the proxy hangs up", async () => {
    const port = await servers.tcp((socket) => socket.destroy());
    for (const scheme of ["http", "socks5"]) {
      const caller = client({ proxy_url: new ProxyUrl(`${scheme}://127.0.0.1:${port}`) });
      await expect(bodyOf(caller, "https://a.example/")).rejects.toThrow(`proxy 127.0.0.1:${port}`);
    }
  });

  it("checks the target's certificate inside the tunnel", async () => {
    const target = await servers.https((_, response) => response.end());
    const { url } = await servers.proxy();
    await expect(bodyOf(client(proxied(url)), target)).rejects.toThrow("certificate");
  });
});

describe("a SOCKS 5 proxy", () => {
  /** Serves one fixed HTTP answer behind the handshake. */
  async function socks(reply: number): Promise<{ port: number; seen: string[] }> {
    const seen: string[] = [];
    const answers = [
      Buffer.from([5, 2]),
      Buffer.from([1, 0]),
      Buffer.from([5, reply, 0, 1, 127, 0, 0, 1, 0, 80]),
      Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"),
    ];
    const port = await servers.tcp((socket) => {
      let step = 0;
      socket.on("data", (data) => {
        seen.push(step < 3 ? data.toString("hex") : (data.toString().split("\r\n")[0] as string));
        // Byte for byte: a reader must not expect whole messages.
        for (const byte of answers[step++] ?? []) socket.write(Buffer.from([byte]));
      });
    });
    return { port, seen };
  }

  it("is asked for the host by name, with user and password", async () => {
    const { port, seen } = await socks(0);
    const caller = client({ proxy_url: new ProxyUrl(`socks5://u:pw@127.0.0.1:${port}`) });
    expect(await bodyOf(caller, "http://t.example:91/m")).toBe("ok");
    const host = Buffer.from("t.example").toString("hex");
    expect(seen).toEqual(["05020002", "010175027077", `0501000309${host}005b`, "GET /m HTTP/1.1"]);
  });

  it("says why it refuses", async () => {
    const { port } = await socks(5);
    const caller = client({ proxy_url: new ProxyUrl(`socks5://u:pw@127.0.0.1:${port}`) });
    await expect(bodyOf(caller, "http://t.example/")).rejects.toThrow("SOCKS request failed: connection refused");
  });
});
