// Signs a request as AWS wants it, version 4 (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
// Goes to: aws/client, aws/identity, aws/signer.
import { createHash, createHmac } from "node:crypto";

export type AwsCredentials = {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Of credentials that end. */
  readonly sessionToken?: string | undefined;
};

export type SigningRequest = {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly region: string;
  readonly service: string;
  readonly timeMs: number;
};

/** The request's headers with those that sign it. The host is signed too, as the client will send it. */
export function signedHeaders(request: SigningRequest, credentials: AwsCredentials): Record<string, string> {
  const time = new Date(request.timeMs).toISOString().replace(/[-:]|\.\d+/g, "");
  const { sessionToken } = credentials;
  const headers: Record<string, string> = {
    ...request.headers,
    "x-amz-date": time,
    ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
  };
  const signed = Object.entries({ ...headers, host: request.url.host }).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(";");
  const canonical = [
    request.method,
    canonicalPath(request.url),
    canonicalQuery(request.url),
    ...signed.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, " ")}`),
    "",
    names,
    sha256(request.body),
  ].join("\n");
  const scope = `${time.slice(0, 8)}/${request.region}/${request.service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const key = scope
    .split("/")
    .reduce<string | Buffer>((under, part) => hmac(under, part), `AWS4${credentials.secretKey}`);
  const signature = hmac(key, text).toString("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKey}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}

/** Each part is encoded once more than in the URL, as every service but S3 wants it. */
function canonicalPath(url: URL): string {
  return url.pathname.split("/").map(encode).join("/");
}

function canonicalQuery(url: URL): string {
  const pairs = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return pairs.sort().join("&");
}

/** RFC 3986's unreserved characters alone stay as they are. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
