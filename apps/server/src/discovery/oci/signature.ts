// Requests as Oracle's cloud wants them signed (docs.oracle.com/iaas/Content/API/Concepts/signingrequests.htm).
// Goes to: oci/provider, oci/principal.
import { createHash, type KeyObject, sign } from "node:crypto";

/** Whose key signs: "tenancy/user/fingerprint", or "ST$" with a token. */
export type OciKey = { readonly id: string; readonly key: KeyObject };

export type OciRequest = {
  readonly method: string;
  readonly url: URL;
  readonly timeMs: number;
  /** Of a POST; JSON. */
  readonly body?: string;
};

export function ociHeaders({ method, url, timeMs, body }: OciRequest, { id, key }: OciKey): Record<string, string> {
  const own: Record<string, string> = { date: new Date(timeMs).toUTCString() };
  if (body !== undefined) {
    own["content-type"] = "application/json";
    own["x-content-sha256"] = createHash("sha256").update(body).digest("base64");
  }
  const signed: Record<string, string> = {
    date: own["date"] as string,
    "(request-target)": `${method.toLowerCase()} ${url.pathname}${url.search}`,
    host: url.host,
    ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)), ...own }),
  };
  const text = Object.entries(signed)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
  const parts = {
    version: "1",
    headers: Object.keys(signed).join(" "),
    keyId: id,
    algorithm: "rsa-sha256",
    signature: sign("sha256", Buffer.from(text), key).toString("base64"),
  };
  const printed = Object.entries(parts).map(([name, value]) => `${name}="${value}"`);
  return { ...own, authorization: `Signature ${printed.join(",")}` };
}
