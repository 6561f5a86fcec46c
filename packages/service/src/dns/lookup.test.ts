import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type NameFiles, NameLookup } from "./lookup.js";

const typeA = 1;
const codes = { known: 0, failure: 2, unknown: 3 };

let server: Socket;
let asked: string[] = [];
const folder = mkdtempSync(join(tmpdir(), "names-"));

beforeEach(async () => {
  asked = [];
  server = createSocket("udp4");
  server.on("message", (query, from) => {
    const answer = answerTo(query);
    if (answer) server.send(answer, from.port, from.address);
  });
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
});

afterEach(() => void server.close());

/** Names say what becomes of them: one that begins with `known` has an address, with `silent` no answer; `broken` at an end fails. */
function answerTo(query: Buffer): Buffer | undefined {
  const labels: string[] = [];
  let at = 12;
  for (; query[at] !== 0; at += 1 + query[at]!) labels.push(query.toString("latin1", at + 1, at + 1 + query[at]!));
  const name = labels.join(".");
  const isA = query.readUInt16BE(at + 1) === typeA;
  if (isA) asked.push(name);
  if (labels[0] === "silent") return undefined;
  const isBroken = labels[0] === "broken" || labels.at(-1) === "broken";
  const code = isBroken ? codes.failure : labels[0] === "known" ? codes.known : codes.unknown;
  const hasAddress = isA && code === codes.known;
  const answer = Buffer.concat([
    query.subarray(0, at + 5),
    // Name as asked, type A, class IN, a minute, four bytes.
    hasAddress ? Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]) : Buffer.alloc(0),
  ]);
  answer.writeUInt16BE(0x8180 | code, 2);
  answer.writeUInt16BE(hasAddress ? 1 : 0, 6);
  answer.writeUInt32BE(0, 8);
  return answer;
}

function files(texts: Partial<NameFiles>): NameFiles {
  const write = (name: keyof NameFiles): string => {
    writeFileSync(join(folder, name), texts[name] ?? "");
    return join(folder, name);
  };
  return { hosts: write("hosts"), resolver: write("resolver"), services: write("services") };
}

function lookupWith(texts: Partial<NameFiles> = {}): (name: string, family?: 4 | 6) => Promise<unknown> {
  const names = new NameLookup(files(texts), [`127.0.0.1:${(server.address() as AddressInfo).port}`]);
  const lookup = promisify(names.lookup) as (name: string, options: object) => Promise<unknown>;
  return (name, family) => lookup(name, { all: true, ...(family === undefined ? {} : { family }) });
}

const v4 = (address: string): object => ({ address, family: 4 });

test("the file of hosts comes first, and is read anew when it changes", async () => {
  const lookup = lookupWith({ hosts: "192.0.2.1 Web web.example # said\n2001:db8::1 web\nnonsense web\n" });
  expect(await lookup("WEB")).toEqual([v4("192.0.2.1"), { address: "2001:db8::1", family: 6 }]);
  expect(await lookup("web.example.")).toEqual([v4("192.0.2.1")]);
  expect(await lookup("web", 6)).toEqual([{ address: "2001:db8::1", family: 6 }]);
  writeFileSync(join(folder, "hosts"), "192.0.2.200 web\n");
  expect(await lookup("web")).toEqual([v4("192.0.2.200")]);
  expect(asked).toEqual([]);
});

test("name servers are asked along the search list", async () => {
  const lookup = lookupWith({ resolver: "search not.test known.test\n" });
  expect(await lookup("known.here")).toEqual([v4("192.0.2.7")]);
  expect(await lookup("known")).toEqual([v4("192.0.2.7")]);
  expect(asked).toEqual(["known.here", "known.not.test"]);
});

test("a part of the search list that fails is passed over, and told where nobody knows the name", async () => {
  const lookup = lookupWith({ resolver: "search broken\n" });
  expect(await lookup("known")).toEqual([v4("192.0.2.7")]);
  expect(asked).toEqual(["known.broken", "known"]);
  await expect(lookup("nobody")).rejects.toMatchObject({ code: "ESERVFAIL" });
});

test("what they do not know, the system may", async () => {
  const lookup = lookupWith();
  expect(await lookup("localhost", 4)).toEqual([v4("127.0.0.1")]);
  expect(asked).toEqual(["localhost"]);
});

test("a system that has no name servers finds names its own way", async () => {
  const lookup = lookupWith({ services: "passwd: files\nhosts: files mymachines\n" });
  expect(await lookup("localhost", 4)).toEqual([v4("127.0.0.1")]);
  expect(asked).toEqual([]);
});

test("a server that fails is an error, and others do not wait for one that is silent", async () => {
  const lookup = lookupWith();
  await expect(lookup("broken.test")).rejects.toMatchObject({ code: "ESERVFAIL" });
  let isOver = false;
  const silent = Array.from({ length: 20 }, (_, i) =>
    lookup(`silent.${i}.test`)
      .catch(() => undefined)
      .finally(() => {
        isOver = true;
      }),
  );
  expect(await lookup("known.test")).toEqual([v4("192.0.2.7")]);
  expect(isOver).toBe(false);
  expect(silent).toHaveLength(20);
});
