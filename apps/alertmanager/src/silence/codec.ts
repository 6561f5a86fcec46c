// A silence on disk and on the wire between peers: silencepb.MeshSilence. See docs/formats/alertmanager-state.md.

import { MessageWriter } from "@narthex/formats";
import type { Matcher } from "@narthex/model";
import { decodeUtf8 } from "@narthex/stdx";
import { messageFields, timestampBytes, timestampFrom } from "../disk/protobuf.js";
import { decodeMatcher, encodeMatcher } from "./matcher-codec.js";
import type { Silence } from "./silence.js";

/** A silence and the time from which it may be forgotten. */
export interface StoredSilence {
  readonly silence: Silence;
  readonly expiresAt: number;
}

export function encodeStoredSilence(stored: StoredSilence): Uint8Array {
  return new MessageWriter()
    .message(1, encodeSilence(stored.silence))
    .message(2, timestampBytes(stored.expiresAt))
    .finish();
}

/** Throws where the bytes are no such message or the silence has no id. */
export function decodeStoredSilence(message: Uint8Array): StoredSilence {
  let silence: Silence | undefined;
  let expiresAt = 0;
  for (const field of messageFields(message)) {
    if (field.number === 1) silence = decodeSilence(field.bytes);
    else if (field.number === 2) expiresAt = timestampFrom(field.bytes);
  }
  if (!silence) throw new Error("entry without a silence");
  return { silence, expiresAt };
}

function encodeSilence(silence: Silence): Uint8Array {
  const writer = new MessageWriter().text(1, silence.id);
  // The first set stands where versions before 0.32 look for it.
  for (const matcher of silence.matcherSets[0] ?? []) writer.message(2, encodeMatcher(matcher));
  writer
    .message(3, timestampBytes(silence.startsAt))
    .message(4, timestampBytes(silence.endsAt))
    .message(5, timestampBytes(silence.updatedAt))
    .text(8, silence.createdBy)
    .text(9, silence.comment);
  for (const [key, value] of Object.entries(silence.annotations)) {
    writer.message(10, new MessageWriter().text(1, key).text(2, value).finish());
  }
  if (silence.matcherSets.length > 1) {
    for (const matchers of silence.matcherSets) writer.message(11, encodeMatcherSet(matchers));
  }
  return writer.finish();
}

function encodeMatcherSet(matchers: readonly Matcher[]): Uint8Array {
  const writer = new MessageWriter();
  for (const matcher of matchers) writer.message(1, encodeMatcher(matcher));
  return writer.finish();
}

function decodeSilence(message: Uint8Array): Silence {
  const silence = { id: "", startsAt: 0, endsAt: 0, updatedAt: 0, createdBy: "", comment: "" };
  const annotations: [string, string][] = [];
  const firstSet: Matcher[] = [];
  const sets: Matcher[][] = [];
  for (const { number, bytes } of messageFields(message)) {
    if (number === 1) silence.id = decodeUtf8(bytes);
    else if (number === 2) firstSet.push(decodeMatcher(bytes));
    else if (number === 3) silence.startsAt = timestampFrom(bytes);
    else if (number === 4) silence.endsAt = timestampFrom(bytes);
    else if (number === 5) silence.updatedAt = timestampFrom(bytes);
    else if (number === 8) silence.createdBy = decodeUtf8(bytes);
    else if (number === 9) silence.comment = decodeUtf8(bytes);
    else if (number === 10) annotations.push(decodeTextPair(bytes));
    else if (number === 11) sets.push(decodeMatcherSet(bytes));
  }
  if (silence.id === "") throw new Error("silence without an id");
  const matcherSets = sets.length > 0 ? sets : [firstSet];
  return { ...silence, matcherSets, annotations: Object.fromEntries(annotations) };
}

function decodeMatcherSet(message: Uint8Array): Matcher[] {
  const matchers: Matcher[] = [];
  for (const field of messageFields(message)) if (field.number === 1) matchers.push(decodeMatcher(field.bytes));
  return matchers;
}

function decodeTextPair(message: Uint8Array): [string, string] {
  const pair: [string, string] = ["", ""];
  for (const field of messageFields(message)) {
    if (field.number === 1 || field.number === 2) pair[field.number - 1] = decodeUtf8(field.bytes);
  }
  return pair;
}
