import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SimClock } from "@narthex/stdx";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestServers, tlsPath } from "../testing/servers.js";
import { parseYamlFile } from "../yaml/decode.js";
import { createHttpClient, type HttpClient } from "./client.js";
import { httpClientDecoder } from "./config.js";

const servers = new TestServers();
const clock = new SimClock(1_700_000_000_000);
afterEach(() => servers.close());

type Asked = { readonly form: URLSearchParams; readonly authorization: string | undefined };

let asked: Asked[];
let answer: (asked: Asked) => { status?: number; body: unknown };
let target: string;
beforeEach(async () => {
  asked = [];
  answer = () => ({ body: { access_token: `token-${asked.length}`, token_type: "bearer", expires_in: 100 } });
  target = await servers.http((request, response) => response.end(request.headers.authorization));
});

async function bodyText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function endpoint(isSecure = false): Promise<string> {
  const listener = async (request: IncomingMessage, response: import("node:http").ServerResponse): Promise<void> => {
    const one = {
      form: new URLSearchParams(await bodyText(request)),
      authorization: request.headers.authorization,
    };
    asked.push(one);
    const { status, body } = answer(one);
    response.writeHead(status ?? 200).end(typeof body === "string" ? body : JSON.stringify(body));
  };
  return isSecure ? servers.https((i, o) => void listener(i, o)) : servers.http((i, o) => void listener(i, o));
}

function client(tokenUrl: string, fields: string): HttpClient {
  const text = `oauth2: {client_id: me, token_url: "${tokenUrl}/token", ${fields}}`;
  return servers.closeLater(createHttpClient(parseYamlFile("f.yml", text, httpClientDecoder), { clock }));
}

async function call(caller: HttpClient): Promise<string> {
  return (await caller.request({ url: target, timeoutMs: 5000, bodyBytesMax: 10_000 })).body.toString();
}

describe("oauth2 with client credentials", () => {
  it("asks with the secret, the scopes and the parameters, and sends the token", async () => {
    const caller = client(await endpoint(), "client_secret: s3, scopes: [a, b], endpoint_params: {resource: r}");
    expect(await call(caller)).toBe("Bearer token-1");
    expect(asked[0]?.authorization).toBe(`Basic ${Buffer.from("me:s3").toString("base64")}`);
    expect(Object.fromEntries(asked[0]?.form ?? [])).toEqual({
      grant_type: "client_credentials",
      scope: "a b",
      resource: "r",
    });
  });

  it("keeps a token until shortly before it ends, and shares one that is on its way", async () => {
    const caller = client(await endpoint(), "client_secret: s");
    expect(await Promise.all([call(caller), call(caller)])).toEqual(["Bearer token-1", "Bearer token-1"]);
    await clock.advance(89_000);
    expect(await call(caller)).toBe("Bearer token-1");
    await clock.advance(1_000);
    expect(await call(caller)).toBe("Bearer token-2");
  });

  it("keeps a token without an end", async () => {
    answer = () => ({ body: { access_token: "t" } });
    const caller = client(await endpoint(), "client_secret: s");
    await call(caller);
    await clock.advance(1e9);
    expect(await call(caller)).toBe("Bearer t");
    expect(asked).toHaveLength(1);
  });

  it("asks again when the secret's file changes", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "oauth2-")), "secret");
    writeFileSync(file, "one\n");
    const caller = client(await endpoint(), `client_secret_file: ${file}`);
    await call(caller);
    writeFileSync(file, "two\n");
    expect(await call(caller)).toBe("Bearer token-2");
    expect(asked.map((one) => one.authorization)).toEqual(
      ["me:one", "me:two"].map((login) => `Basic ${Buffer.from(login).toString("base64")}`),
    );
  });

  it("writes the secret in the body for an endpoint that knows no Basic, and remembers it", async () => {
    answer = (one) =>
      one.authorization
        ? { status: 401, body: { error: "invalid_client" } }
        : { body: { access_token: one.form.get("client_secret"), expires_in: 1 } };
    const caller = client(await endpoint(), "client_secret: s");
    expect(await call(caller)).toBe("Bearer s");
    expect(await call(caller)).toBe("Bearer s");
    expect(asked.map((one) => one.authorization !== undefined)).toEqual([true, false, false]);
  });

  it.each([
    [{ status: 500, body: "down" }, "oauth2: cannot fetch token: 500: down"],
    [{ body: "no json" }, "the answer is not JSON"],
    [{ body: "null" }, "missing access_token"],
    [{ body: {} }, "missing access_token"],
    [{ body: { access_token: "a\r\nX-Evil: 1" } }, "Invalid character in header content"],
    [{ body: "x".repeat(2 * 1024 * 1024) }, "body longer than 1048576 bytes"],
  ])("fails the request when the endpoint answers badly (%#)", async (bad, message) => {
    answer = () => bad;
    await expect(call(client(await endpoint(), "client_secret: s"))).rejects.toThrow(message);
  });

  it("recovers when the endpoint does", async () => {
    answer = () => ({ status: 503, body: "" });
    const caller = client(await endpoint(), "client_secret: s");
    await expect(call(caller)).rejects.toThrow("503");
    answer = () => ({ body: { access_token: "late" } });
    expect(await call(caller)).toBe("Bearer late");
  });

  it("leaves a slow endpoint when the request's time is over", async () => {
    const port = await servers.tcp(() => {});
    const caller = client(`http://127.0.0.1:${port}`, "client_secret: s");
    const late = caller.request({ url: target, timeoutMs: 50, bodyBytesMax: 0 });
    await expect(late).rejects.toThrow("no whole response within 50 ms");
  });

  it("trusts and reaches the endpoint by its own tls_config and proxy", async () => {
    const secure = await endpoint(true);
    const { url, asked: proxied } = await servers.proxy();
    const caller = client(secure, `client_secret: s, tls_config: {ca_file: ${tlsPath("ca.crt")}}, proxy_url: "${url}"`);
    expect(await call(caller)).toBe("Bearer token-1");
    expect(proxied).toEqual([`CONNECT ${new URL(secure).host} - - -`]);
    await expect(call(client(secure, "client_secret: s"))).rejects.toThrow("certificate");
  });
});

describe("oauth2 with a signed assertion", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = JSON.stringify(privateKey.export({ type: "pkcs8", format: "pem" }));
  const grant = "grant_type: urn:ietf:params:oauth:grant-type:jwt-bearer";
  const decodePart = (part: string | undefined): unknown => JSON.parse(Buffer.from(part ?? "", "base64url").toString());

  it.each([
    ["RS256", "sha256"],
    ["RS512", "sha512"],
  ])("signs its claims with %s", async (algorithm, hash) => {
    const url = await endpoint();
    const fields = `${grant}, client_certificate_key: ${pem}, client_certificate_key_id: k1, signature_algorithm: ${algorithm}, claims: {role: [x, 1], iat: 5}, scopes: [a, b]`;
    expect(await call(client(url, fields))).toBe("Bearer token-1");
    expect(asked[0]?.authorization).toBeUndefined();
    expect(asked[0]?.form.get("grant_type")).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
    const [header, claims, signature] = (asked[0]?.form.get("assertion") ?? "").split(".");
    expect(decodePart(header)).toEqual({ alg: algorithm, typ: "JWT", kid: "k1" });
    expect(decodePart(claims)).toMatchObject({
      iss: "me",
      sub: "me",
      aud: `${url}/token`,
      scope: "a b",
      role: ["x", 1],
      iat: 5,
      exp: Math.floor(clock.now() / 1000) + 600,
    });
    const signed = Buffer.from(`${header}.${claims}`);
    expect(
      verify(
        hash,
        signed,
        createPublicKey(publicKey.export({ type: "spki", format: "pem" })),
        Buffer.from(signature ?? "", "base64url"),
      ),
    ).toBe(true);
  });

  it("takes iss and audience from the config", async () => {
    const fields = `${grant}, client_certificate_key: ${pem}, iss: issuer, audience: them`;
    await call(client(await endpoint(), fields));
    expect(decodePart((asked[0]?.form.get("assertion") ?? "").split(".")[1])).toMatchObject({
      iss: "issuer",
      aud: "them",
    });
  });

  it.each([
    ["client_certificate_key: nothing", "client_certificate_key is not a private key in PEM"],
    [`client_certificate_key_file: ${tlsPath("client.key")}`, "client_certificate_key is not an RSA key"],
    ["client_certificate_key_file: /absent", "cannot read the secret file /absent"],
  ])("says what is wrong with %s", async (fields, message) => {
    await expect(call(client(await endpoint(), `${grant}, ${fields}`))).rejects.toThrow(message);
  });
});
