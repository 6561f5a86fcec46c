// scrape_protocols and the naming schemes: what a scrape asks a target for.
import {
  defaultScrapeProtocols,
  type EscapingScheme,
  type ExpositionFormat,
  escapingSchemes,
  expositionFormats,
  isEscapingScheme,
  isExpositionFormat,
  nativeScrapeProtocols,
} from "@narthex/formats";
import { type NameScheme, quote } from "@narthex/model";
import { type Decoder, d } from "@narthex/service";

export const nameScheme: Decoder<NameScheme | ""> = d.refine(d.string, (text, fail) =>
  text === "" || text === "utf8" || text === "legacy" ? text : fail(`unrecognized ValidationScheme: ${quote(text)}`),
);

/** What is wrong with a list of protocols; "" for nothing. */
export function protocolsMistake(protocols: readonly string[] | undefined): string {
  if (protocols === undefined) return "";
  if (protocols.length === 0) return "scrape_protocols cannot be empty";
  const unknown = protocols.find((name) => !isExpositionFormat(name));
  if (unknown !== undefined) return unknownProtocol(unknown);
  if (new Set(protocols).size < protocols.length) {
    return `duplicated protocol in scrape_protocols, got [${protocols.join(" ")}]`;
  }
  return "";
}

export function unknownProtocol(name: string): string {
  return `unknown scrape protocol ${name}, supported: [${[...expositionFormats].sort().join(" ")}]`;
}

export type NamingRequest = {
  readonly scheme: NameScheme;
  readonly escaping: string;
  readonly section: "global" | "scrape config";
};

/** The escaping that fits the scheme where none is set; fails for one that contradicts it. */
export function escapingFor(request: NamingRequest, fail: (text: string) => never): EscapingScheme {
  const { scheme, escaping, section } = request;
  if (escaping === "") return scheme === "utf8" ? "allow-utf-8" : "underscores";
  if (!isEscapingScheme(escaping)) {
    const names = escapingSchemes.map((name) => `'${name}'`).join(", ");
    return fail(`unknown ${section} name escaping method specified, must be one of ${names}, got '${escaping}'`);
  }
  if (escaping === "allow-utf-8" && scheme !== "utf8") {
    return fail("utf8 metric names requested but validation scheme is not set to UTF8");
  }
  return escaping;
}

/** Protobuf comes first where native histograms are wanted: no text format has them. */
export function protocolsOrDefault(
  protocols: readonly string[] | undefined,
  options: { readonly isNative: boolean },
): ExpositionFormat[] {
  if (protocols) return protocols.filter(isExpositionFormat);
  return options.isNative ? [...nativeScrapeProtocols] : [...defaultScrapeProtocols];
}
