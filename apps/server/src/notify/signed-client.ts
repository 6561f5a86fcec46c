// A client whose requests are signed for AWS; what signs them is loaded with the first. Goes to: notify/notifier.
import type { HttpClient } from "@narthex/service";
import type { Sigv4Config } from "../config/cloud-auth.js";
import type { AwsSigner } from "../discovery/aws/signer.js";

export type AlertClient = Pick<HttpClient, "request" | "close">;

export function signedClient(client: AlertClient, sigv4: Sigv4Config): AlertClient {
  let signer: Promise<AwsSigner> | undefined;
  return {
    async request(request) {
      signer ??= import("../discovery/aws/signer.js").then(({ awsSigner }) => awsSigner(sigv4));
      return client.request(await (await signer).sign(request));
    },
    close() {
      client.close();
      void signer?.then((loaded) => loaded.close());
    },
  };
}
