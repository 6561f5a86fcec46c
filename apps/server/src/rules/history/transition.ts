// One move of an alert from a state to another, and the line that keeps it: CRC-32C in hex, a space, JSON, a line feed.
// See docs/formats/alert-history.md.
import { type Labels, labelsFrom, labelsToRecord } from "@narthex/model";
import { crc32c, decodeUtf8, encodeUtf8, printFloatApi } from "@narthex/stdx";
import type { AlertState } from "../alert.js";

export type Transition = {
  /** When the rule was evaluated, ms. */
  readonly time: number;
  readonly from: AlertState;
  readonly to: AlertState;
  /** Since when the alert was active, ms. */
  readonly activeAt: number;
  /** Of the expression at its last result. */
  readonly value: number;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly rule: { readonly name: string; readonly group: string; readonly file: string };
};

export type TransitionSink = (transitions: readonly Transition[]) => void;

const lineFeed = 0x0a;
const checksumDigits = 8;

/** The line, line feed included. */
export function encodeTransition(transition: Transition): Uint8Array {
  const { time, from, to, activeAt, value, labels, annotations, rule } = transition;
  const json = encodeUtf8(
    JSON.stringify({
      t: time,
      from,
      to,
      activeAt,
      value: printFloatApi(value),
      labels: labelsToRecord(labels),
      annotations: labelsToRecord(annotations),
      rule,
    }),
  );
  const line = new Uint8Array(checksumDigits + 1 + json.length + 1);
  line.set(encodeUtf8(`${checksumOf(json)} `));
  line.set(json, checksumDigits + 1);
  line[line.length - 1] = lineFeed;
  return line;
}

/** Undefined for a line that is not whole, or was written by something else. */
export function decodeTransition(line: Uint8Array): Transition | undefined {
  const json = line.subarray(checksumDigits + 1, line.length - 1);
  if (line.length <= checksumDigits + 2 || line.at(-1) !== lineFeed) return undefined;
  if (decodeUtf8(line.subarray(0, checksumDigits + 1)) !== `${checksumOf(json)} `) return undefined;
  // The checksum says that we wrote it.
  const { t, value, labels, annotations, ...rest } = JSON.parse(decodeUtf8(json)) as StoredTransition;
  return {
    ...rest,
    time: t,
    value: numberFrom(value),
    labels: labelsFrom(labels),
    annotations: labelsFrom(annotations),
  };
}

type StoredTransition = Omit<Transition, "time" | "value" | "labels" | "annotations"> & {
  readonly t: number;
  readonly value: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};

function checksumOf(bytes: Uint8Array): string {
  return crc32c(bytes).toString(16).padStart(checksumDigits, "0");
}

function numberFrom(text: string): number {
  if (text === "+Inf") return Number.POSITIVE_INFINITY;
  return text === "-Inf" ? Number.NEGATIVE_INFINITY : Number(text);
}
