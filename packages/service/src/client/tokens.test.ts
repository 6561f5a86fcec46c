// Who we are, where a source says so at each request in place of the config.
import type { TLSSocket } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { TestServers, tlsPath, tlsText } from "../testing/servers.js";
import { type AuthorizationSource, createHttpClient, type StreamingHttpClient } from "./client.js";
import { defaultHttpClientConfig } from "./config.js";
import { defaultTlsConfig } from "./tls-config.js";

const servers = new TestServers();
afterEach(() => servers.close());

const limits = { timeoutMs: 5000, bodyBytesMax: 0 };

function clientWith(tokens: AuthorizationSource, enable_http2 = true): StreamingHttpClient {
  const tls_config = { ...defaultTlsConfig, ca_file: tlsPath("ca.crt"), server_name: "localhost" };
  return servers.closeLater(createHttpClient({ ...defaultHttpClientConfig, enable_http2, tls_config }, { tokens }));
}

test("a header that is refused is told, by a request and by a stream, and not by another host", async () => {
  const other = await servers.http((_, response) => void response.writeHead(401).end());
  const url = await servers.http(({ url: path }, response) => {
    if (path === "/away") response.writeHead(302, { location: other.replace("127.0.0.1", "localhost") }).end();
    else response.writeHead(path === "/good" ? 200 : 401).end();
  });
  const refused: unknown[] = [];
  const client = clientWith({
    header: () => Promise.resolve("Bearer t"),
    refused: (header) => refused.push(header),
  });
  const statuses = await Promise.all(
    ["/good", "/away", "/bad"].map(async (path) => (await client.request({ url: url + path, ...limits })).status),
  );
  expect(statuses).toEqual([200, 401, 401]);
  expect(refused).toEqual(["Bearer t"]);
  (await client.stream({ url: `${url}/bad`, timeoutMs: 5000 })).close();
  expect(refused).toEqual(["Bearer t", "Bearer t"]);
});

test.each([true, false])(
  "a certificate of the source is shown, and its successor on a new connection (HTTP/2: %s)",
  async (isHttp2) => {
    const shown: string[] = [];
    const note = (socket: TLSSocket): void => void shown.push(String(socket.getPeerCertificate().subject?.CN));
    const mutual = { requestCert: true, ca: tlsText("ca.crt"), rejectUnauthorized: false };
    const url = isHttp2
      ? await servers.http2((request, response) => {
          note(request.stream.session?.socket as TLSSocket);
          response.end();
        }, mutual)
      : await servers.https((request, response) => {
          note(request.socket as TLSSocket);
          response.end();
        }, mutual);
    const certificateOf = (name: string): { cert: string; key: string } => ({
      cert: tlsText(`${name}.crt`),
      key: tlsText(`${name}.key`),
    });
    let certificate: { cert: string; key: string } | undefined;
    const client = clientWith({ header: () => Promise.resolve(undefined), certificate: () => certificate }, isHttp2);
    await client.request({ url, ...limits });
    certificate = certificateOf("client");
    await client.request({ url, ...limits });
    await client.request({ url, ...limits });
    certificate = certificateOf("stranger-client");
    await client.request({ url, ...limits });
    expect(shown).toEqual(["undefined", "client", "client", "stranger-client"]);
  },
);
