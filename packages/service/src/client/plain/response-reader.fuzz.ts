// Mutated responses in random pieces: read as in one piece, or refused as in one piece, and never past the bounds.
import { type Random, randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import { BodyLimitError } from "../errors.js";
import { BufferPool } from "./buffer-pool.js";
import { KnownHead } from "./known-head.js";
import { MalformedResponseError } from "./response-head.js";
import { ResponseReader } from "./response-reader.js";

const seed = Number(process.env["SEED"] ?? 3);
const steps = Number(process.env["STEPS"] ?? 3000);
const bodyBytesMax = 64;

const examples = [
  "HTTP/1.1 200 OK\r\nDate: Mon\r\nContent-Length: 10\r\nContent-Type: text/plain\r\n\r\n0123456789",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n1\r\nd\r\n0\r\nX-Sum: 4\r\n\r\n",
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc",
  "HTTP/1.0 500 Oops\r\nServer: x\r\n\r\nto the end",
];
const interesting = "\r\n\0: \t,;0123456789abcdefxHTP/.-+";

const below = (random: Random, n: number): number => Math.floor(random() * n);

function mutated(text: string, random: Random): Buffer {
  const characters = text.split("");
  for (let n = below(random, 5); n > 0; n--) {
    const at = below(random, characters.length);
    const one = interesting[below(random, interesting.length)] as string;
    if (random() < 0.4) characters[at] = one;
    else if (random() < 0.5) characters.splice(at, 0, one);
    else characters.splice(at, 1 + below(random, 6));
  }
  return Buffer.from(characters.join(""), "latin1");
}

function pieces(bytes: Buffer, random: Random): Buffer[] {
  const cut: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + below(random, 20);
    cut.push(bytes.subarray(at, end));
    at = end;
  }
  return cut;
}

function outcome(parts: readonly Buffer[], knownHead?: KnownHead): string {
  const reader = new ResponseReader(new BufferPool(), { method: "GET", bodyBytesMax, knownHead });
  let taken = 0;
  try {
    for (const part of parts) taken += reader.push(part, part.length);
    reader.finish();
  } catch (error) {
    if (!(error instanceof MalformedResponseError || error instanceof BodyLimitError)) throw error;
    return error.message;
  } finally {
    expect(reader.body.length).toBeLessThanOrEqual(bodyBytesMax);
  }
  const { meaning, body, isPersistent } = reader;
  return JSON.stringify([meaning?.head, body.view().toString("latin1"), isPersistent, taken]);
}

it.each(examples)(`mutations of %j (seed ${seed})`, (text) => {
  const random = randomFrom(seed);
  const known = new KnownHead();
  let refused = 0;
  for (let step = 0; step < steps; step++) {
    const bytes = mutated(text, random);
    const whole = outcome([bytes]);
    expect(outcome(pieces(bytes, random)), JSON.stringify(bytes.toString("latin1"))).toBe(whole);
    if (!whole.startsWith("[")) refused++;
    outcome([Buffer.from(text, "latin1")], known);
    expect(outcome([bytes], known), JSON.stringify(bytes.toString("latin1"))).toBe(whole);
  }
  expect(refused).toBeGreaterThan(steps / 20);
  expect(refused).toBeLessThan(steps);
});
