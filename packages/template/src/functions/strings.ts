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

// Unicode's word boundaries (UAX #29): what stands in a word, and what joins two parts of one. Letters of scripts that are
// written without spaces stand by themselves.
const alone = ["Ideographic", "sc=Hiragana", "sc=Katakana", "sc=Thai", "sc=Lao", "sc=Khmer", "sc=Myanmar"];
const wordPart = `(?!\u200b|${alone.map((name) => `\\p{${name}}`).join("|")})[\\p{Alphabetic}\\p{M}\\p{Cf}\\p{Nd}\\p{Pc}\u066b]`;
const wordJoint = "['.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a]";
const words = new RegExp(`(?:${wordPart})+(?:${wordJoint}(?:${wordPart})+)*`, "gu");

/** cases.Title for American English: first letter of a word large that can be, the rest small. */
export function titleCase(text: string): string {
  return text.replace(words, (word) => {
    const at = word.search(/\p{Cased}/u);
    if (at < 0) return word;
    const first = String.fromCodePoint(word.codePointAt(at) as number);
    // One that becomes two (ß): the first of them is large.
    const [large = "", ...small] = first.toUpperCase();
    return word.slice(0, at) + large + lowerCase(small.join("") + word.slice(at + first.length));
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
