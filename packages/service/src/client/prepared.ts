// One request that is sent again and again, as a scrape is: what stays the same is worked out once.
// Comes from: client/client. Goes to: client/transport, or to the general way where credentials or proxies may change.

import type { HttpClientConfig } from "./config.js";
import { isRedirect } from "./redirect.js";
import type { HttpRequest, HttpResponse } from "./request.js";
import { type PlainSender, plainFailure } from "./transport.js";

export type PreparedRequest = {
  /** As HttpClient.request. */
  send(): Promise<HttpResponse>;
  /** Fails what is on its way; it may be sent again afterwards. */
  abort(): void;
};

/** Whether no file and no token decides what a request says. */
export function hasFixedHeaders(config: HttpClientConfig): boolean {
  const files = [
    config.basic_auth?.username_file,
    config.basic_auth?.password_file,
    config.authorization?.credentials_file,
    config.bearer_token_file,
    ...Object.values(config.http_headers ?? {}).flatMap(({ files }) => files),
  ];
  return config.oauth2 === undefined && files.every((file) => !file);
}

type Send = (request: HttpRequest) => Promise<HttpResponse>;

/** `request` goes the general way each time. */
export function prepareGeneral(request: HttpRequest, send: Send): PreparedRequest {
  let controller = new AbortController();
  return {
    send: () => send({ ...request, signal: controller.signal }),
    abort() {
      controller.abort();
      controller = new AbortController();
    },
  };
}

export type PlainPreparation = {
  readonly sender: PlainSender;
  readonly url: URL;
  readonly followsRedirects: boolean;
  readonly general: PreparedRequest;
};

/** A target that redirects is asked the general way from then on. */
export function preparePlain({ sender, url, followsRedirects, general }: PlainPreparation): PreparedRequest {
  let isRedirected = false;
  const aborted = new Error("the request is no longer wanted");
  const { href } = url;
  const sendPlain = async (): Promise<HttpResponse> => {
    try {
      const { status, headers, body, release } = await sender.send();
      isRedirected = followsRedirects && isRedirect(status, headers.location);
      if (!isRedirected) return { status, headers, body, release, url: href };
      release();
    } catch (error) {
      throw error === aborted ? error : plainFailure(error, undefined, url);
    }
    return general.send();
  };
  return {
    send: () => (isRedirected ? general.send() : sendPlain()),
    abort() {
      sender.abort(aborted);
      general.abort();
    },
  };
}
