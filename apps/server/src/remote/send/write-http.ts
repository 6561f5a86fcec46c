// The HTTP client of one remote, with whoever we are to it. Goes to: send/client.
import { createHttpClient, type HttpClient } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import type { RemoteWriteConfig } from "../../config/remote-write.js";
import { signedClient } from "../../notify/signed-client.js";

export type WriteHttp = Pick<HttpClient, "request" | "close">;

export type HttpSurroundings = { readonly userAgent: string; readonly clock: Clock };

export function writeHttp(config: RemoteWriteConfig, { userAgent, clock }: HttpSurroundings): WriteHttp {
  const client = createHttpClient(config, { userAgent, clock });
  return config.sigv4 ? signedClient(client, config.sigv4) : client;
}
