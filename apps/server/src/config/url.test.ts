import { expect, test } from "vitest";
import { urlMistake } from "./url.js";

const texts: [text: string, mistake: string | undefined][] = [
  ["http://host:9090/path?q=1#f", undefined],
  ["http://[2001:db8::1]:80/", undefined],
  ["http://user:p%40ss@host", undefined],
  ["server", undefined],
  ["mailto:somebody", undefined],
  ["://invalid", 'parse "://invalid": missing protocol scheme'],
  ["10.0.0.1:80", 'parse "10.0.0.1:80": first path segment in URL cannot contain colon'],
  ["http://host:port", 'parse "http://host:port": invalid port ":port" after host'],
  ["http://[::1", "parse \"http://[::1\": missing ']' in host"],
  ["http://a b/", 'parse "http://a b/": invalid character " " in host name'],
  ["http://host/%zz", 'parse "http://host/%zz": invalid URL escape "%zz"'],
  ["http://host/\n", 'parse "http://host/\\n": net/url: invalid control character in URL'],
];

test.each(texts)("%j", (text, mistake) => {
  expect(urlMistake(text)).toBe(mistake);
});
