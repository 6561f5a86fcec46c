// Names for rule groups whose offset in their interval is the same in Prometheus 2.42 and in Narthex, so that both evaluate them at the
// same times. Each takes a hash of file and name: xxHash64 of the label set there, FNV-1a here.

const mask = (1n << 64n) - 1n;
const primes = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
];
const [p1, p2, p3, p4, p5] = primes;
const rotate = (value, by) => ((value << by) | (value >> (64n - by))) & mask;
const round = (lane, input) => (rotate((lane + input * p2) & mask, 31n) * p1) & mask;

/** Of bytes, with seed 0. */
export function xxHash64(bytes) {
  let at = 0;
  let hash = p5;
  if (bytes.length >= 32) {
    const lanes = [(p1 + p2) & mask, p2, 0n, -p1 & mask];
    for (; at + 32 <= bytes.length; at += 32) {
      for (let i = 0; i < 4; i++) lanes[i] = round(lanes[i], bytes.readBigUInt64LE(at + 8 * i));
    }
    hash = lanes.reduce((sum, lane, i) => sum + rotate(lane, [1n, 7n, 12n, 18n][i]), 0n) & mask;
    for (const lane of lanes) hash = ((hash ^ round(0n, lane)) * p1 + p4) & mask;
  }
  hash = (hash + BigInt(bytes.length)) & mask;
  for (; at + 8 <= bytes.length; at += 8) {
    hash = (rotate(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n) * p1 + p4) & mask;
  }
  if (at + 4 <= bytes.length) {
    hash = (rotate(hash ^ ((BigInt(bytes.readUInt32LE(at)) * p1) & mask), 23n) * p2 + p3) & mask;
    at += 4;
  }
  for (; at < bytes.length; at++) hash = (rotate(hash ^ ((BigInt(bytes[at]) * p5) & mask), 11n) * p1) & mask;
  hash = ((hash ^ (hash >> 33n)) * p2) & mask;
  hash = ((hash ^ (hash >> 29n)) * p3) & mask;
  return hash ^ (hash >> 32n);
}

function fnv1a(bytes) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & mask;
  return hash;
}

const separated = (...texts) => Buffer.from(texts.map((text) => `${text}\xff`).join(""), "latin1");

/** A name that begins with `prefix`. */
export function groupNameOnSameGrid(file, prefix, intervalMs) {
  const nanos = BigInt(intervalMs) * 1_000_000n;
  for (let i = 0; ; i++) {
    const name = `${prefix}-${i}`;
    const peer = (xxHash64(separated("file", file, "name", name)) % nanos) / 1_000_000n;
    if (peer === fnv1a(separated(file, name)) % BigInt(intervalMs)) return name;
  }
}
