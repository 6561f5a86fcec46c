// Headers that a user adds to our own requests (remote_write, remote_read, tracing): those that frame a message or say
// who we are are not theirs to set.
import { type Decoder, d, reservedHeaders } from "@narthex/service";

export type Headers = Readonly<Record<string, string>>;

/** `authorization`: what to say to who sets that header. */
export function ownHeaders(authorization: string): Decoder<Headers> {
  return d.refine(d.map(d.string), (headers, fail) => {
    for (const name of Object.keys(headers)) {
      const lower = name.toLowerCase();
      if (lower === "authorization") fail(authorization);
      if (reservedHeaders.has(lower)) fail(`${name} is a reserved header. It must not be changed`);
    }
    return headers;
  });
}

export const remoteHeaders: Decoder<Headers> = ownHeaders(
  "authorization header must be changed via the basic_auth, authorization, oauth2, sigv4, azuread or google_iam parameter",
);
