// Signs requests to others' URLs as a `sigv4` section says: Alertmanagers at AWS. Goes to: notify/signed-client.
import { createHttpClient, defaultHttpClientConfig, type HttpRequest } from "@narthex/service";
import { type Clock, systemClock } from "@narthex/stdx";
import type { Sigv4Config } from "../../config/cloud-auth.js";
import { userAgent } from "../../version.js";
import { AwsIdentity } from "./identity.js";
import { findRegion } from "./region.js";
import { signedHeaders } from "./sigv4.js";
import { type AwsSurroundings, awsSurroundings } from "./surroundings.js";

/** Amazon Managed Service for Prometheus. */
const defaultService = "aps";

export type AwsSigner = {
  sign(request: HttpRequest): Promise<HttpRequest>;
  close(): void;
};

export function awsSigner(
  config: Sigv4Config,
  around: AwsSurroundings = awsSurroundings,
  clock: Clock = systemClock,
): AwsSigner {
  const http = createHttpClient(defaultHttpClientConfig, { userAgent, clock });
  const identity = new AwsIdentity({ config, around, http, clock });
  let region: string | undefined;
  return {
    async sign(request) {
      region ??= await findRegion(config, around);
      const signal = request.signal ?? AbortSignal.timeout(request.timeoutMs);
      const credentials = await identity.credentials(region, signal);
      const url = cleanUrl(request.url);
      const { method = "GET", headers = {}, body = "" } = request;
      const service = config.service_name || defaultService;
      const signing = { method, url, headers, body, region, service, timeMs: clock.now() };
      return { ...request, url: url.href, headers: signedHeaders(signing, credentials) };
    },
    close: () => http.close(),
  };
}

/** AWS takes signatures of paths without empty parts. */
function cleanUrl(text: string): URL {
  const url = new URL(text);
  url.pathname = url.pathname.replace(/\/{2,}/g, "/").replace(/(?<=.)\/$/, "");
  return url;
}
