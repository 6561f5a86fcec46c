// Text functions that Prometheus and Alertmanager share, over Go's strings package.
import { isIP } from "node:net";

/** strings.Title: a capital after everything that is no letter, digit or underscore. */
export function capitalizeWords(text: string): string {
  let previous = " ";
  let result = "";
  for (const character of text) {
    result += isSeparator(previous) ? upperOne(character) : character;
    previous = character;
  }
  return result;
}

function isSeparator(character: string): boolean {
  if (character <= "\u007f") return !/\w/.test(character);
  return !/[\p{L}\p{N}]/u.test(character) && /\s/u.test(character);
}

/** Go maps letter by letter: one that becomes two (ß) stays. */
function upperOne(character: string): string {
  const upper = character.toUpperCase();
  return Array.from(upper).length === 1 ? upper : character;
}

export function upperCase(text: string): string {
  return Array.from(text, upperOne).join("");
}

export function lowerCase(text: string): string {
  return Array.from(text, (character) => {
    const lower = character.toLowerCase();
    return Array.from(lower).length === 1 ? lower : character;
  }).join("");
}

/** cases.Title for American English: first letter of a word large, the rest small; an apostrophe is within a word. */
export function titleCase(text: string): string {
  return text.replace(/[\p{L}\p{M}\p{N}_'’.·]+/gu, (word) => {
    const at = word.search(/\p{L}/u);
    if (at < 0) return word;
    const first = String.fromCodePoint(word.codePointAt(at) as number);
    return word.slice(0, at) + upperOne(first) + lowerCase(word.slice(at + first.length));
  });
}

/** strings.TrimSpace. */
export function trimSpace(text: string): string {
  return text.replace(/^[\s\u0085]+|[\s\u0085]+$/gu, "");
}

interface HostPort {
  readonly host: string;
  readonly port: string;
}

/** net.SplitHostPort; undefined where it has an error. */
export function splitHostPort(text: string): HostPort | undefined {
  const colon = text.lastIndexOf(":");
  if (colon < 0) return undefined;
  const port = text.slice(colon + 1);
  const bracketed = /^\[([^[\]]*)\]$/.exec(text.slice(0, colon));
  const host = bracketed ? (bracketed[1] as string) : text.slice(0, colon);
  if ((!bracketed && host.includes(":")) || /[[\]]/.test(host) || /[[\]]/.test(port)) return undefined;
  return { host, port };
}

/** Host without port; what has no port stays. */
export function stripPort(hostPort: string): string {
  return splitHostPort(hostPort)?.host ?? hostPort;
}

/** First part of the host's name, port kept; IP addresses stay. */
export function stripDomain(hostPort: string): string {
  const { host, port } = splitHostPort(hostPort) ?? { host: hostPort, port: "" };
  if (isIP(host) !== 0 && !host.includes("%")) return hostPort;
  const name = host.split(".")[0] as string;
  if (port === "") return name;
  return name.includes(":") ? `[${name}]:${port}` : `${name}:${port}`;
}
