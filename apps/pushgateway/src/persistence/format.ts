// The file that keeps pushed metrics over restarts.
//
//   narthex-pushgateway 1 <CRC-32C of the rest, 8 hexadecimal digits>\n
//   <JSON: { groups: [{ labels, pushTime, failureTime, families: [{ pushTime, family }] }] }>
//
// Numbers that JSON lacks are the strings "NaN", "Infinity" and "-Infinity".
// Differs: Prometheus' Pushgateway writes Go's gob, which says nothing without the Go types it was made from.
import type { MetricFamily } from "@narthex/formats";
import { labelsFromSorted } from "@narthex/model";
import { crc32c, decodeUtf8, encodeUtf8 } from "@narthex/stdx";
import type { Group } from "../store/group.js";

const version = 1;
const headForm = /^narthex-pushgateway (\d+) ([0-9a-f]{8})\n/;
/** Longest head that `headForm` can match with a version of some digits. */
const headBytesMax = 64;

/** The file is damaged, or not one of ours. */
export class PersistenceError extends Error {
  override readonly name = "PersistenceError";
}

type KeptFamily = { readonly pushTime: number; readonly family: MetricFamily };
type KeptGroup = {
  readonly labels: string[];
  readonly pushTime: number;
  readonly failureTime: number;
  readonly families: readonly KeptFamily[];
};

export function encodeGroups(groups: Iterable<Group>): Uint8Array {
  const kept: KeptGroup[] = [];
  for (const { labels, pushTime, failureTime, families } of groups) {
    kept.push({ labels: [...labels], pushTime, failureTime, families: [...families.values()] });
  }
  const body = encodeUtf8(JSON.stringify({ groups: kept }, keepNumber));
  const head = encodeUtf8(`narthex-pushgateway ${version} ${crc32c(body).toString(16).padStart(8, "0")}\n`);
  return Buffer.concat([head, body]);
}

/** Throws PersistenceError. */
export function decodeGroups(bytes: Uint8Array): Group[] {
  const start = Buffer.from(bytes.subarray(0, headBytesMax)).toString("latin1");
  const [head, found, checksum] = headForm.exec(start) ?? [];
  if (head === undefined) throw new PersistenceError("this is no file of Narthex' Pushgateway");
  if (Number(found) !== version)
    throw new PersistenceError(`version ${found} of the file is not known, only ${version}`);
  const body = bytes.subarray(head.length);
  if (crc32c(body) !== Number.parseInt(checksum as string, 16))
    throw new PersistenceError("the checksum does not match");
  // The checksum says that this is what encodeGroups wrote.
  const { groups } = JSON.parse(decodeUtf8(body, 0, body.length), restoreNumber) as { groups: KeptGroup[] };
  return groups.map((group) => ({
    ...group,
    labels: labelsFromSorted(group.labels),
    families: new Map(group.families.map((kept) => [kept.family.name, kept])),
  }));
}

function keepNumber(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

const numericKeys: ReadonlySet<string> = new Set([
  "v",
  "count",
  "sum",
  "quantile",
  "upperBound",
  "cumulativeCount",
  "zeroCount",
  "zeroThreshold",
]);

function restoreNumber(key: string, value: unknown): unknown {
  return typeof value === "string" && numericKeys.has(key) ? Number(value) : value;
}
