// The HTTP client of one remote, with whoever we are to it. Goes to: send/client.
import { type AuthorizationSource, createHttpClient, type HttpClient } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import type { RemoteWriteConfig } from "../../config/remote-write.js";
import { signedClient } from "../../notify/signed-client.js";
import type { CloudTokens } from "./cloud-tokens.js";

export type WriteHttp = Pick<HttpClient, "request" | "close">;

export type HttpSurroundings = { readonly userAgent: string; readonly clock: Clock };

export function writeHttp(config: RemoteWriteConfig, { userAgent, clock }: HttpSurroundings): WriteHttp {
  const addressOrder = config.round_robin_dns ? "random" : "resolved";
  if (config.sigv4) return signedClient(createHttpClient(config, { userAgent, clock, addressOrder }), config.sigv4);
  const tokens = cloudTokens(config, clock);
  const client = createHttpClient(config, { userAgent, clock, addressOrder, ...(tokens ? { tokens } : {}) });
  return {
    request: (request) => client.request(request),
    close() {
      client.close();
      tokens?.close();
    },
  };
}

/** What lends them is loaded with the first request. */
function cloudTokens({ azuread, google_iam }: RemoteWriteConfig, clock: Clock): CloudTokens | undefined {
  if (!azuread && !google_iam) return undefined;
  let loaded: Promise<CloudTokens> | undefined;
  let source: CloudTokens | undefined;
  const load = async (): Promise<AuthorizationSource> => {
    loaded ??= import("./cloud-tokens.js").then(({ azureTokens, googleTokens }) => {
      source = azuread ? azureTokens(azuread, clock) : googleTokens(google_iam ?? { credentials_file: "" }, clock);
      return source;
    });
    return loaded;
  };
  return {
    header: async () => (await load()).header(),
    refused: (header) => source?.refused?.(header),
    close: () => source?.close(),
  };
}
