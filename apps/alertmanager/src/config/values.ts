// Decoders for kinds of values that alertmanager.yml has in many places.
import { dirname, resolve } from "node:path";
import { type Decoder, d, Secret } from "@narthex/service";

function checkUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch (error) {
    const hasScheme = /^[a-z][a-z0-9+.-]*:/i.test(text);
    throw new Error(hasScheme ? "missing host for URL" : 'unsupported scheme "" for URL', { cause: error });
  }
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== "http" && scheme !== "https") throw new Error(`unsupported scheme "${scheme}" for URL`);
  // The URL class forgives a missing "//", Go's does not.
  if (!/^https?:\/\/[^/]/i.test(text)) throw new Error("missing host for URL");
  return text;
}

/** An absolute http or https URL. */
export const urlDecoder: Decoder<string> = d.parsed(checkUrl);

/** As `urlDecoder`, printed as <secret>, which is accepted too: a printed config loads again. */
export const secretUrlDecoder: Decoder<Secret> = d.parsed(
  (text) => new Secret(text === "<secret>" ? text : checkUrl(text)),
);

/** Text that may hold a template and prints as <secret>. */
export const secretTextDecoder: Decoder<Secret> = d.parsed((text) => new Secret(text));

export interface HostPort {
  readonly host: string;
  readonly port: string;
  readonly toJSON: () => string;
}

/** "host:port", "[::1]:25"; undefined for empty text. */
export const hostPortDecoder: Decoder<HostPort | undefined> = d.parsed((text) => {
  if (text === "") return undefined;
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(.*)$/.exec(text);
  if (!match) {
    const why = text.split(":").length > 2 ? "too many colons in address" : "missing port in address";
    throw new Error(`address ${text}: ${why}`);
  }
  const port = match[3] as string;
  if (port === "") throw new Error(`address "${text}": port cannot be empty`);
  return { host: match[1] ?? match[2] ?? "", port, toJSON: () => text };
});

/** A path, made absolute against the folder of `configFile`. */
export function pathDecoder(configFile: string): Decoder<string> {
  return d.parsed((text) => (text === "" ? "" : resolve(dirname(configFile), text)));
}

export const labelNameDecoder: Decoder<string> = d.parsed((text) => {
  if (text === "") throw new Error(`${JSON.stringify(text)} is not a valid label name`);
  return text;
});
