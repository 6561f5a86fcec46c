// URLs as Go reads them: nearly any text is one, and what is missing shows when it is called.

import { quote } from "@narthex/model";
import { type Decoder, d } from "@narthex/service";

export const url: Decoder<string> = d.refine(d.string, (text, fail) => {
  const mistake = urlMistake(text);
  return mistake === undefined ? text : fail(`parse ${quote(text)}: ${mistake}`);
});

function urlMistake(text: string): string | undefined {
  if (/\p{Cc}/u.test(text)) return "net/url: invalid control character in URL";
  if (text.startsWith(":")) return "missing protocol scheme";
  const badEscape = /%(?![0-9a-f]{2}).{0,2}/i.exec(text.split("?")[0] ?? "");
  if (badEscape) return `invalid URL escape ${quote(badEscape[0])}`;
  const authority = /^(?:[a-z][a-z0-9+.-]*:)?\/\/([^/?#]*)/i.exec(text);
  if (!authority) {
    const hasScheme = /^[a-z][a-z0-9+.-]*:/i.test(text);
    return !hasScheme && /^[^/?#]*:/.test(text) ? "first path segment in URL cannot contain colon" : undefined;
  }
  const host = (authority[1] ?? "").replace(/^.*@/, "");
  if (/[ <>"]/.test(host)) return `invalid character ${quote(/[ <>"]/.exec(host)?.[0] ?? "")} in host name`;
  const port = /^(?:\[[^\]]*\]|[^:]*)(:.*)$/.exec(host)?.[1];
  return port !== undefined && !/^:\d*$/.test(port) ? `invalid port ${quote(port)} after host` : undefined;
}
