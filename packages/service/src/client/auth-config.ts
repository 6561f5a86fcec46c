// basic_auth and authorization: who we are, in a header. Goes to: client/credentials.
import { type Decoder, d } from "../yaml/decode.js";
import { isSet, type Secret } from "../yaml/secret.js";

export type BasicAuth = {
  readonly username: string | undefined;
  readonly username_file: string | undefined;
  readonly password: Secret | undefined;
  readonly password_file: string | undefined;
};

export type Authorization = {
  readonly type: string;
  readonly credentials: Secret | undefined;
  readonly credentials_file: string | undefined;
};

export const basicAuthDecoder: Decoder<BasicAuth> = d.refine(
  d.object("config.BasicAuth", {
    username: d.optional(d.string),
    username_file: d.optional(d.string),
    password: d.optional(d.secret),
    password_file: d.optional(d.string),
  }),
  (auth, fail) => {
    if (isSet(auth.username) && isSet(auth.username_file)) {
      fail("at most one of basic_auth username, username_file & username_ref must be configured");
    }
    if (isSet(auth.password) && isSet(auth.password_file)) {
      fail("at most one of basic_auth password, password_file & password_ref must be configured");
    }
    return auth;
  },
);

export const authorizationDecoder: Decoder<Authorization> = d.refine(
  d.object("config.Authorization", {
    type: d.withDefault(
      d.parsed((text) => text.trim() || "Bearer"),
      "Bearer",
    ),
    credentials: d.optional(d.secret),
    credentials_file: d.optional(d.string),
  }),
  (auth, fail) => {
    if (isSet(auth.credentials) && isSet(auth.credentials_file)) {
      fail("at most one of authorization credentials & credentials_file must be configured");
    }
    if (auth.type.toLowerCase() === "basic") {
      fail('authorization type cannot be set to "basic", use "basic_auth" instead');
    }
    return auth;
  },
);
