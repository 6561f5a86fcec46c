// Why a text is no URL, in the words of Go's url.Parse, which takes almost everything: a bare word is a path.
// Goes to: config/remote-write and its like, discovery/<provider>/config, remote/.
import { quote } from "@narthex/model";
import { type Decoder, d } from "@narthex/service";

export const url: Decoder<string> = d.refine(d.string, (text, fail) => {
  const mistake = urlMistake(text);
  return mistake === undefined ? text : fail(mistake);
});

/** What Prometheus says of a URL that it cannot parse; undefined for one that it can. */
export function urlMistake(text: string): string | undefined {
  const why = reasonAgainst(text);
  return why === undefined ? undefined : `parse ${quote(text)}: ${why}`;
}

function reasonAgainst(text: string): string | undefined {
  if ([...text].some((one) => one < " " || one === "\x7f")) return "net/url: invalid control character in URL";
  if (text.startsWith(":")) return "missing protocol scheme";
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(text)?.[0] ?? "";
  const rest = (text.slice(scheme.length).split("#")[0] as string).split("?")[0] as string;
  if (scheme === "" && /^[^/]*:/.test(rest)) return "first path segment in URL cannot contain colon";
  if (scheme !== "" && !rest.startsWith("/")) return undefined;
  const [, authority = "", path = ""] = /^(?:\/\/([^/]*))?(.*)$/s.exec(rest) ?? [];
  return hostMistake(authority.slice(authority.lastIndexOf("@") + 1)) ?? escapeMistake(path);
}

function hostMistake(host: string): string | undefined {
  if (host.startsWith("[") && !host.includes("]")) return "missing ']' in host";
  const port = /^(?:\[[^\]]*\]|[^[:]*)(:.*)?$/.exec(host)?.[1];
  if (port !== undefined && !/^:\d*$/.test(port)) return `invalid port ${quote(port)} after host`;
  const stray = /[ <>"`{}|\\^]/.exec(host)?.[0];
  return stray === undefined ? escapeMistake(host) : `invalid character ${quote(stray)} in host name`;
}

function escapeMistake(text: string): string | undefined {
  const bad = /%(?![0-9a-f]{2}).{0,2}/i.exec(text)?.[0];
  return bad === undefined ? undefined : `invalid URL escape ${quote(bad)}`;
}

/** Without its password, as Go's URL.Redacted: for warnings and labels. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return url;
  const shown = new URL(url);
  if (shown.password === "") return url;
  shown.password = "xxxxx";
  return shown.href;
}
