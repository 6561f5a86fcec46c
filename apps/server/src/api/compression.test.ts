import { expect, test } from "vitest";
import { acceptsGzip, compressedBytesMin, isWorthCompressing } from "./compression.js";

function check(address: string | undefined, headers: Record<string, string>, expected: boolean): void {
  expect(isWorthCompressing(compressedBytesMin, { address, headers })).toBe(expected);
  expect(isWorthCompressing(compressedBytesMin - 1, { address, headers })).toBe(false);
}

test("an answer is compressed for clients on other machines, from a size on", () => {
  check("10.0.0.7", {}, true);
  check("::ffff:10.0.0.7", {}, true);
  check("2001:db8::1", {}, true);
  check(undefined, {}, true);
  check("127.0.0.1", {}, false);
  check("127.8.0.1", {}, false);
  check("::ffff:127.0.0.1", {}, false);
  check("::1", {}, false);
});

test.each<[string | undefined, boolean]>([
  [undefined, false],
  ["", false],
  ["gzip", true],
  ["deflate, GZIP;q=0.5", true],
  ["br, *", true],
  ["gzip;q=0, *", false],
  ["identity, gzip; q=0.0", false],
  ["x-gzipped", false],
])("of gzip %j says %s", (header, expected) => {
  expect(acceptsGzip(header)).toBe(expected);
});

test("a proxy on this machine gets it compressed", () => {
  check("127.0.0.1", { "x-forwarded-for": "10.0.0.7" }, true);
  check("::1", { forwarded: "for=10.0.0.7" }, true);
  check("::1", { via: "1.1 proxy" }, true);
  check("::1", { "x-real-ip": "10.0.0.7" }, true);
});
